using System.Runtime.InteropServices;
using GaleraGate.Domain;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// The kernel's CLOCK_BOOTTIME, to the microsecond: like the monotonic clock, but it includes the time in which the
/// host was suspended.
/// </summary>
public static partial class BootClock
{
    private const int BootTime = 7; // CLOCK_BOOTTIME
    private const long PerMicrosecond = 1_000;

    public static TimeSpan Now()
    {
        Invariant.Holds(GetTime(BootTime, out var time) == 0, "the kernel has CLOCK_BOOTTIME");
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / PerMicrosecond);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);
}
