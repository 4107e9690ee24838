namespace GaleraGate.Simulation.Tests;

/// <summary>
/// The time of one host as its programs' timers and its monotonic clock measure it, without the time that the host
/// slept.
/// </summary>
internal sealed class SuspendableTime(VirtualTime time) : TimeProvider
{
    public TimeSpan Slept { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => (time.Now - Slept).Ticks;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
