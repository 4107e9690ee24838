namespace GaleraGate.Domain.Gate;

/// <summary>
/// Flap damping in the manner of RFC 2439: each unplanned close adds 1, and the sum halves with every half-life. A node
/// that fails once is back almost at once; one that keeps flapping waits longer and longer, up to a cap.
/// </summary>
public readonly record struct Penalty(double Value, Instant At)
{
    /// <summary>
    /// The penalty after decay; zero if the host was rebooted since, because times of two boots cannot be compared.
    /// </summary>
    public double Now(Instant now, TimeSpan halfLife) =>
        now.Since(At) is { } elapsed ? Value * Math.Pow(2, -(elapsed / halfLife)) : 0;

    /// <summary>How long the node must be fit before the gate opens: base x 2^penalty, at most the cap.</summary>
    public static TimeSpan OpenAfter(double penalty, TimeSpan baseDelay, TimeSpan cap)
    {
        var wanted = baseDelay.TotalSeconds * Math.Pow(2, penalty);
        return wanted < cap.TotalSeconds ? TimeSpan.FromSeconds(wanted) : cap;
    }
}
