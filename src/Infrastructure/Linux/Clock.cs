using GaleraGate.Domain;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// Stamps moments: wall time to the microsecond for people, the time since boot for durations, and the boot they belong
/// to. Timers run on the kernel's monotonic clock, which stands still while the host is suspended; the time since boot
/// goes on, so that a duration holds what was slept through.
/// </summary>
/// <param name="sinceBoot">CLOCK_BOOTTIME, or what stands for it in a test.</param>
public sealed class Clock(TimeProvider time, Func<TimeSpan> sinceBoot, string boot)
{
    public static string ThisBoot => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The clock of this host.</summary>
    public static Clock OfThisHost() => new(TimeProvider.System, BootClock.Now, ThisBoot);

    public TimeProvider Time => time;

    public Instant Now() => new(Truncate(time.GetUtcNow()), sinceBoot(), boot);

    private static DateTimeOffset Truncate(DateTimeOffset moment) => moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMicrosecond));
}
