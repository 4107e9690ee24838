namespace GaleraGate.Domain.Gate;

/// <summary>
/// The current row of observations that are all fit or all unfit: its length, and the time of the first. One counter
/// for both rise and fall.
/// </summary>
public readonly record struct RunLength(bool Fit, int Count, Instant First)
{
    public RunLength Next(bool fit, Instant at) =>
        Count > 0 && fit == Fit ? this with { Count = Count + 1 } : new RunLength(fit, 1, at);

    /// <summary>True if the row has this length and this duration.</summary>
    public bool Reaches(int count, TimeSpan duration, Instant now) => Count >= count && now.Since(First) >= duration;
}
