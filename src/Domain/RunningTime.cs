namespace GaleraGate.Domain;

/// <summary>
/// How long a host has run, at the least, since its journal began: what the monotonic clock counted in each boot, added
/// up. No clock that jumps changes it; the time in which the host was off, or nothing was recorded, is not in it.
/// </summary>
/// <param name="Total">The sum; it grows by the same durations as the events are apart, within each boot.</param>
/// <param name="Boot">The boot that it was last seen in; null before any.</param>
/// <param name="Monotonic">The monotonic time in that boot.</param>
public readonly record struct RunningTime(TimeSpan Total, string? Boot, TimeSpan Monotonic)
{
    /// <summary>As of a later moment. A moment that is earlier than the last one changes nothing.</summary>
    public RunningTime At(Instant moment) => moment.Boot switch
    {
        // Nobody knows how long the host had run before the first moment that was seen.
        _ when Boot is null => this with { Boot = moment.Boot, Monotonic = moment.Monotonic },
        var boot when boot != Boot => new RunningTime(Total + moment.Monotonic, boot, moment.Monotonic),
        _ when moment.Monotonic > Monotonic =>
            this with { Total = Total + moment.Monotonic - Monotonic, Monotonic = moment.Monotonic },
        _ => this,
    };
}
