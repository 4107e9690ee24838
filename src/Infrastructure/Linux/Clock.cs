using GaleraGate.Domain;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// Creates time stamps: wall time to the microsecond for people, the time since boot for durations, and the boot they
/// belong to. Timers run on the kernel's monotonic clock, which stands still while the host is suspended; the time
/// since boot continues, so durations include suspended time.
/// </summary>
/// <param name="chores">The timers for periodic checks that may be a little late; the normal ones if null.</param>
/// <param name="sinceBoot">CLOCK_BOOTTIME, or a substitute in a test.</param>
public sealed class Clock(TimeProvider time, Func<TimeSpan> sinceBoot, string boot, TimeProvider? chores = null)
{
    public static string ThisBoot => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The clock of this host.</summary>
    public static Clock OfThisHost() => OfThisHost(TimeProvider.System);

    /// <summary>The same, with the given timers.</summary>
    public static Clock OfThisHost(TimeProvider time, TimeProvider? chores = null) =>
        new(time, BootClock.Now, ThisBoot, chores);

    public TimeProvider Time => time;

    public TimeProvider Chores { get; } = chores ?? time;

    public Instant Now() => new(Truncate(time.GetUtcNow()), sinceBoot(), boot);

    private static DateTimeOffset Truncate(DateTimeOffset moment) =>
        moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMicrosecond));
}
