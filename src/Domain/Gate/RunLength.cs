namespace GaleraGate.Domain.Gate;

/// <summary>
/// How many observations in a row were alike in fitness, and when the first of them was: rise and fall in one counter.
/// </summary>
public readonly record struct RunLength(bool Fit, int Count, Instant First)
{
    public RunLength Next(bool fit, Instant at) =>
        Count > 0 && fit == Fit ? this with { Count = Count + 1 } : new RunLength(fit, 1, at);

    /// <summary>True if the row is this long in number and in time.</summary>
    public bool Reaches(int count, TimeSpan duration, Instant now) => Count >= count && now.Since(First) >= duration;
}
