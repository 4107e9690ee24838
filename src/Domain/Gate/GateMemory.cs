using System.Collections.Immutable;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// The working memory: it follows the signals and is lost at a restart on purpose, because what it counts must be
/// counted anew.
/// </summary>
public sealed record GateMemory(string Node, Policy Policy)
{
    /// <summary>Observations in a row that were alike in fitness.</summary>
    public RunLength Run { get; init; }

    public Observation? Latest { get; init; }

    /// <summary>When the latest observation was made that was judged: what the lease is refreshed on.</summary>
    public Instant? ObservedAt { get; init; }

    /// <summary>The judgement of the latest observation.</summary>
    public Judgement? Judged { get; init; }

    /// <summary>The same as a verdict without holds.</summary>
    public Verdict? Verdict => Judged?.Under(Holds.None);

    /// <summary>The marks that the latest answer was above and that still hold.</summary>
    public Reasons MarksPassed { get; init; }

    /// <summary>When the replica was last seen to replicate with little lag.</summary>
    public Instant? ReplicatedAt { get; init; }

    /// <summary>The latest answer of the server.</summary>
    public Observation? Answer { get; init; }

    /// <summary>How often the recorded observation has repeated, and when last.</summary>
    public ObservationHeld Repeats { get; init; } = new(0, default);

    /// <summary>When the repetitions now counted began.</summary>
    public Instant RepeatsSince { get; init; }

    public bool FitSeen { get; init; }

    /// <summary>True if the node was seen unfit; a data disk that has not answered yet is no such sight.</summary>
    public bool UnfitSeen { get; init; }

    /// <summary>When the daemon was last found to have stood still: what was seen before then is no fitness.</summary>
    public Instant? StalledAt { get; init; }

    /// <summary>The families whose tables are kept.</summary>
    public IReadOnlyList<Family> Families { get; init; } = [];

    /// <summary>
    /// By family, the opening whose redirect its tables were last seen to hold (null: none); a family not in here has
    /// not told yet.
    /// </summary>
    public ImmutableDictionary<Family, long?> InPlace { get; init; } = ImmutableDictionary<Family, long?>.Empty;

    /// <summary>
    /// True if every family's tables were last seen to hold this opening's redirect, or none for null.
    /// </summary>
    public bool TablesHold(long? opened) =>
        Families.All(family => InPlace.TryGetValue(family, out var there) && there == opened);

    /// <summary>How long the redirect works unrefreshed; null where no lease is kept.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>The last seq on disk.</summary>
    public long Synced { get; init; }

    /// <summary>Why the journal takes nothing; null while it does.</summary>
    public string? JournalTrouble { get; init; }

    /// <summary>The opening that the turn before let clients use.</summary>
    public long? Granted { get; init; }

    public bool Stopping { get; init; }

    /// <summary>The count of repetitions begins again.</summary>
    public GateMemory WithRepeatsFrom(Instant at) =>
        this with { Repeats = new ObservationHeld(0, at), RepeatsSince = at };

    /// <summary>
    /// A repetition is recorded at least this often, so that a crash loses little of the poll history.
    /// </summary>
    public static TimeSpan RepeatsRecordedEvery { get; } = TimeSpan.FromHours(1);
}
