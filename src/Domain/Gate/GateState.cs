using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>The durable state: what folding the events alone gives, and no more.</summary>
public sealed record GateState
{
    /// <summary>The seq of the last event folded.</summary>
    public long Seq { get; init; }

    public GatePhase Phase { get; init; }

    public Holds Holds { get; init; }

    /// <summary>
    /// The last answer of the server, as far as it was recorded; with it a restart is told after the daemon's own.
    /// </summary>
    public Observation? Answer { get; init; }

    public NodeState NodeState { get; init; } = NodeState.Unknown;

    /// <summary>The last state that the provider itself showed.</summary>
    public NodeState? ProviderState { get; init; }

    /// <summary>The verdict in force, holds included; null until this daemon's first observation.</summary>
    public Verdict? Verdict { get; init; }

    public Penalty Penalty { get; init; }

    /// <summary>How long the node must be fit before the gate opens, as the last close left it.</summary>
    public TimeSpan OpenAfter { get; init; }

    /// <summary>The seq of the opening in force; null while the gate is closed.</summary>
    public long? Opened { get; init; }

    /// <summary>The seq of the event that wants the gate closed.</summary>
    public long? ClosedBy { get; init; }

    /// <summary>The opening that was in force when the daemon before ended without closing it.</summary>
    public long? Adoptable { get; init; }

    /// <summary>The opening whose lease runs, as far as the events say; null where none does.</summary>
    public long? Leased { get; init; }

    /// <summary>Why the lease could not be kept; null where that has worked since.</summary>
    public string? LeaseFailure { get; init; }

    /// <summary>
    /// The last opening, while clients that it let in may still be connected; null once they were reset.
    /// </summary>
    public long? ClientsOf { get; init; }

    /// <summary>When the gate closed, or a daemon began with it closed.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>Why the data disk does not take writes in time; null where it does, or nobody looks.</summary>
    public string? DiskTrouble { get; init; }

    /// <summary>
    /// The trouble of a data disk that the daemon probes and that has not answered it yet: that is not well.
    /// </summary>
    public const string DiskUnknown = "the first write and sync of this daemon has not ended yet";

    /// <summary>The last thing that went into the verdict: an observation, a hold placed or lifted.</summary>
    public long? LastInput { get; init; }

    /// <summary>The seq of the verdict in force.</summary>
    public long? VerdictSeq { get; init; }

    /// <summary>The last failure of each family that no success has followed.</summary>
    public PerFamily<string?> Failures { get; init; }

    /// <summary>The redirect rules of each family that the events say are in the tables.</summary>
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
