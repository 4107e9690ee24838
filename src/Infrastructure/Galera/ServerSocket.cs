using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>A duplicated descriptor of a connection to the server, independent of the connector's own.</summary>
internal sealed partial class ServerSocket : SafeHandle
{
    public ServerSocket(int descriptor)
        : base(-1, ownsHandle: true) => SetHandle(descriptor);

    public override bool IsInvalid => handle < 0;

    /// <summary>Shuts the connection down for every holder of the socket.</summary>
    public void ShutDown()
    {
        const int Both = 2;
        _ = ShutDown((int)handle, Both);
    }

    /// <summary>
    /// Whether the connection has ended; waits up to the given time. Ignores data that the other end sends.
    /// </summary>
    public bool HasEnded(TimeSpan atMost)
    {
        const short OtherEndClosed = 0x2000; // POLLRDHUP; POLLHUP and POLLERR are always reported
        var watched = new PollEntry { Descriptor = (int)handle, Wanted = OtherEndClosed };
        return Poll(ref watched, 1, (int)atMost.TotalMilliseconds) > 0;
    }

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Got;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollEntry entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int ShutDown(int descriptor, int how);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
