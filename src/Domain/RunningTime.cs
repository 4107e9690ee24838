namespace GaleraGate.Domain;

/// <summary>
/// A lower limit for how long a host has run since its journal began: the sum of the monotonic time of each boot. A
/// clock that jumps does not change it. Time in which the host was off, or recorded nothing, is not included.
/// </summary>
/// <param name="Total">The sum. Within a boot it grows by exactly the time between events.</param>
/// <param name="Boot">The boot of the latest event; null before the first event.</param>
/// <param name="Monotonic">The monotonic time in that boot.</param>
public readonly record struct RunningTime(TimeSpan Total, string? Boot, TimeSpan Monotonic)
{
    /// <summary>The value at a later moment. A moment earlier than the last one changes nothing.</summary>
    public RunningTime At(Instant moment) => moment.Boot switch
    {
        // How long the host had run before the first event is unknown.
        _ when Boot is null => this with { Boot = moment.Boot, Monotonic = moment.Monotonic },
        var boot when boot != Boot => new RunningTime(Total + moment.Monotonic, boot, moment.Monotonic),
        _ when moment.Monotonic > Monotonic =>
            this with { Total = Total + moment.Monotonic - Monotonic, Monotonic = moment.Monotonic },
        _ => this,
    };
}
