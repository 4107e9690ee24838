using GaleraGate.Domain;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// Stamps moments: wall time to the microsecond for people, the time since boot for durations, and the boot they belong
/// to. Timers run on the kernel's monotonic clock, which stands still while the host is suspended; the time since boot
/// goes on, so that a duration holds what was slept through.
/// </summary>
/// <param name="chores">For what is looked at again and again and may be a little late; the time itself where none is
/// given.</param>
/// <param name="sinceBoot">CLOCK_BOOTTIME, or what stands for it in a test.</param>
public sealed class Clock(TimeProvider time, Func<TimeSpan> sinceBoot, string boot, TimeProvider? chores = null)
{
    public static string ThisBoot => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The clock of this host.</summary>
    public static Clock OfThisHost() => OfThisHost(TimeProvider.System);

    /// <summary>The same, with timers that end where this says.</summary>
    public static Clock OfThisHost(TimeProvider time, TimeProvider? chores = null) =>
        new(time, BootClock.Now, ThisBoot, chores);

    public TimeProvider Time => time;

    public TimeProvider Chores { get; } = chores ?? time;

    public Instant Now() => new(Truncate(time.GetUtcNow()), sinceBoot(), boot);

    private static DateTimeOffset Truncate(DateTimeOffset moment) =>
        moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMicrosecond));
}
