using GaleraGate.Domain;

namespace GaleraGate.Daemon;

/// <summary>Stamps moments: wall time to the microsecond, the kernel's monotonic time since boot, and the boot they belong to.</summary>
internal sealed class Clock(TimeProvider time, string boot)
{
    public static string ThisBoot => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public TimeProvider Time => time;

    public Instant Now() => new(Truncate(time.GetUtcNow()), Monotonic(), boot);

    private static DateTimeOffset Truncate(DateTimeOffset moment) => moment.AddTicks(-(moment.Ticks % TimeSpan.TicksPerMicrosecond));

    private TimeSpan Monotonic() =>
        TimeSpan.FromMicroseconds(time.GetTimestamp() / (time.TimestampFrequency / 1_000_000));
}
