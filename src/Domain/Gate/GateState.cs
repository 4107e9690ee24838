using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>The durable state: the fold of the events, and nothing else.</summary>
public sealed record GateState
{
    /// <summary>The seq of the last event folded.</summary>
    public long Seq { get; init; }

    public GatePhase Phase { get; init; }

    public Holds Holds { get; init; }

    /// <summary>
    /// The last recorded answer of the server. It lets a new daemon notice that the server was restarted meanwhile.
    /// </summary>
    public Observation? Answer { get; init; }

    public NodeState NodeState { get; init; } = NodeState.Unknown;

    /// <summary>The last state that the provider itself showed.</summary>
    public NodeState? ProviderState { get; init; }

    /// <summary>The verdict in force, including holds; null until this daemon's first observation.</summary>
    public Verdict? Verdict { get; init; }

    public Penalty Penalty { get; init; }

    /// <summary>How long the node must be fit before the gate opens; set by the last close.</summary>
    public TimeSpan OpenAfter { get; init; }

    /// <summary>The seq of the opening in force; null while the gate is closed.</summary>
    public long? Opened { get; init; }

    /// <summary>The seq of the event that closed the gate.</summary>
    public long? ClosedBy { get; init; }

    /// <summary>The opening that was in force when the previous daemon ended without closing the gate.</summary>
    public long? Adoptable { get; init; }

    /// <summary>The opening whose lease is active, according to the events; null if none.</summary>
    public long? Leased { get; init; }

    /// <summary>Why the lease could not be refreshed; null once it has worked again.</summary>
    public string? LeaseFailure { get; init; }

    /// <summary>
    /// The last opening, while clients that connected during it may remain; null once they were reset.
    /// </summary>
    public long? ClientsOf { get; init; }

    /// <summary>When the gate closed, or when a daemon started with it closed.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>Why the data disk does not complete writes in time; null if it does, or if it is not probed.</summary>
    public string? DiskTrouble { get; init; }

    /// <summary>The trouble of a probed data disk that has not answered yet. It counts as unhealthy.</summary>
    public const string DiskUnknown = "the first write and sync of this daemon has not ended yet";

    /// <summary>The last event that influenced the verdict: an observation, or a hold placed or lifted.</summary>
    public long? LastInput { get; init; }

    /// <summary>The seq of the verdict in force.</summary>
    public long? VerdictSeq { get; init; }

    /// <summary>The last failure of each address family that has not been followed by a success.</summary>
    public PerFamily<string?> Failures { get; init; }

    /// <summary>The redirect rules of each address family that are in place according to the events.</summary>
    public PerFamily<RuleSet> Redirects { get; init; } =
        new(RuleSet.Empty, RuleSet.Empty, RuleSet.Empty);

    public Checkpoint Checkpoint => new(
        Seq,
        Phase.ToString(),
        NodeState.ToString(),
        Verdict?.Headline ?? "none",
        Holds.ToString(),
        Penalty.Value,
        OpenAfter,
        Opened);
}
