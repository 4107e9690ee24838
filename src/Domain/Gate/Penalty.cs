namespace GaleraGate.Domain.Gate;

/// <summary>
/// Flap damping after RFC 2439's idea: each unplanned close adds 1, and what is there halves with every half-life. A
/// node that fails once is back almost at once; one that flaps for ever waits longer and longer, up to a cap.
/// </summary>
public readonly record struct Penalty(double Value, Instant At)
{
    /// <summary>
    /// The penalty as decayed until now; zero where now belongs to another boot, because times of two boots cannot be
    /// compared.
    /// </summary>
    public double Now(Instant now, TimeSpan halfLife) =>
        now.Since(At) is { } elapsed ? Value * Math.Pow(2, -(elapsed / halfLife)) : 0;

    /// <summary>How long fitness must last before the gate opens: base x 2^penalty, at most the cap.</summary>
    public static TimeSpan OpenAfter(double penalty, TimeSpan baseDelay, TimeSpan cap)
    {
        var wanted = baseDelay.TotalSeconds * Math.Pow(2, penalty);
        return wanted < cap.TotalSeconds ? TimeSpan.FromSeconds(wanted) : cap;
    }
}
