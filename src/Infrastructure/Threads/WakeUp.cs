using System.Runtime.InteropServices;
using GaleraGate.Domain;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>
/// Wakes the one thread that waits for it, with an eventfd: one system call on each side. The runtime's own monitor
/// needs four to ten, which would be most of what an idle daemon does.
/// </summary>
public sealed partial class WakeUp : SafeHandle
{
    private const int CloseOnExec = 0x80000; // EFD_CLOEXEC
    private const int NonBlocking = 0x800; // EFD_NONBLOCK

    public WakeUp()
        : base(-1, ownsHandle: true)
    {
        SetHandle(EventDescriptor(0, CloseOnExec | NonBlocking));
        Invariant.Holds(!IsInvalid, "the kernel gives a descriptor for an event");
    }

    public override bool IsInvalid => handle < 0;

    /// <summary>Wakes the thread, or keeps it from falling asleep; never waits.</summary>
    public void Give()
    {
        ulong one = 1;
        _ = Write((int)handle, ref one, sizeof(ulong));
    }

    /// <summary>Waits until woken, or for that many milliseconds; -1 for no limit. May return early.</summary>
    public void Wait(int milliseconds = Timeout.Infinite)
    {
        const short Readable = 1; // POLLIN
        var entry = new PollEntry { Descriptor = (int)handle, Wanted = Readable };
        if (Poll(ref entry, 1, milliseconds) > 0)
        {
            ulong count = 0;
            _ = Read((int)handle, ref count, sizeof(ulong));
        }
    }

    protected override bool ReleaseHandle() => Close((int)handle) == 0;

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Got;
    }

    [LibraryImport("libc", EntryPoint = "eventfd")]
    private static partial int EventDescriptor(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollEntry entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int descriptor, ref ulong value, nuint size);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(int descriptor, ref ulong value, nuint size);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
