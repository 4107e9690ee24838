using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>A descriptor of this process for a connection to the server, beside the connector's own.</summary>
internal sealed partial class ServerSocket : SafeHandle
{
    public ServerSocket(int descriptor)
        : base(-1, ownsHandle: true) => SetHandle(descriptor);

    public override bool IsInvalid => handle < 0;

    /// <summary>Ends the connection for whoever else holds it, too.</summary>
    public void ShutDown()
    {
        const int Both = 2;
        _ = ShutDown((int)handle, Both);
    }

    /// <summary>
    /// Whether the connection has ended, waiting for that at most so long. What the other end sends meanwhile is not
    /// looked at.
    /// </summary>
    public bool HasEnded(TimeSpan atMost)
    {
        const short OtherEndClosed = 0x2000; // POLLRDHUP; POLLHUP and POLLERR are always told
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
