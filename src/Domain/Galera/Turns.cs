namespace GaleraGate.Domain.Galera;

/// <summary>What a client experiences at another node's gate.</summary>
public enum GateMet
{
    /// <summary>A server answers.</summary>
    Open,

    /// <summary>The client is refused.</summary>
    Closed,

    /// <summary>There is no answer: the host may be down, or a firewall drops the packets.</summary>
    Unknown,
}

/// <summary>The state of another node's gate at the last attempt to connect.</summary>
/// <param name="GoesFirst">That node opens before this one if both could open.</param>
public readonly record struct OtherGateMet(GateMet Met, bool GoesFirst);

/// <summary>
/// If several donors checked each other at the same moment, all would open, see each other, close, and start over. So
/// they take turns. While all gates are closed, a node waits one step for each node that goes before it. If two have
/// opened all the same, the one that goes first gives the other time to close.
/// </summary>
public sealed record Turns
{
    /// <summary>Long enough for a node to open and for the next node to see it open.</summary>
    public static TimeSpan Step { get; } = TimeSpan.FromSeconds(3);

    /// <summary>Long enough for a node that sees this one open to close, and for this one to see it closed.</summary>
    public static TimeSpan Yield { get; } = TimeSpan.FromSeconds(6);

    /// <summary>The value for the observation: a word of <see cref="Elsewhere"/>.</summary>
    public string Word { get; private init; } = Elsewhere.Unknown;

    private Instant? ClosedSince { get; init; }

    /// <summary>The last check that found every gate closed.</summary>
    private Instant? ClosedAt { get; init; }

    private Instant? OpenSince { get; init; }

    /// <param name="gates">Every other gate, as just checked; null if the other nodes are not known.</param>
    /// <param name="isOpen">This node's own gate is open.</param>
    /// <param name="isWaived">It is open as the last resort.</param>
    public Turns After(IReadOnlyList<OtherGateMet>? gates, Instant at, bool isOpen, bool isWaived)
    {
        var open = gates?.Where(gate => gate.Met == GateMet.Open).ToList() ?? [];
        if (open.Count > 0)
        {
            var since = OpenSince ?? at;
            var waits = isWaived && !open.Exists(gate => gate.GoesFirst) && at.Since(since) < Yield;
            return new Turns { OpenSince = since, Word = waits ? Elsewhere.Closed : Elsewhere.Open };
        }

        if (gates?.All(gate => gate.Met == GateMet.Closed) is not true)
        {
            // Do not close the last gate because of one lost packet.
            var isFresh = isWaived && ClosedAt is { } closed && at.Since(closed) < Step;
            return new Turns { ClosedAt = ClosedAt, Word = isFresh ? Elsewhere.Closed : Elsewhere.Unknown };
        }

        var first = ClosedSince ?? at;
        var isTurn = isOpen || at.Since(first) >= Step * gates.Count(gate => gate.GoesFirst);
        return new Turns
        {
            ClosedSince = first,
            ClosedAt = at,
            Word = isTurn ? Elsewhere.Closed : Elsewhere.Waits,
        };
    }
}
