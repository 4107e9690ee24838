using System.Collections.Immutable;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// The working memory. It follows the signals and is deliberately lost at a restart, because a new daemon must count
/// again.
/// </summary>
public sealed record GateMemory(string Node, Policy Policy)
{
    /// <summary>The current row of observations that are all fit or all unfit.</summary>
    public RunLength Run { get; init; }

    public Observation? Latest { get; init; }

    /// <summary>When the latest judged observation was made; the lease is refreshed on the strength of it.</summary>
    public Instant? ObservedAt { get; init; }

    /// <summary>The judgement of the latest observation.</summary>
    public Judgement? Judged { get; init; }

    /// <summary>The same as a verdict, ignoring holds.</summary>
    public Verdict? Verdict => Judged?.Under(Holds.None);

    /// <summary>The marks that the latest answer exceeded and that still hold.</summary>
    public Reasons MarksPassed { get; init; }

    /// <summary>When the replica was last seen replicating with little lag.</summary>
    public Instant? ReplicatedAt { get; init; }

    /// <summary>The latest answer of the server.</summary>
    public Observation? Answer { get; init; }

    /// <summary>
    /// The uuid that the provider last named since the server started. A disconnected provider names none, and has
    /// another when it connects again.
    /// </summary>
    public string? Provider { get; init; }

    /// <summary>
    /// True if an inconsistent server or its provider restarted and has shown no other state since: a provider that
    /// connects again shows Inconsistent until it joins.
    /// </summary>
    public bool StillInconsistent { get; init; }

    /// <summary>
    /// When the server was last observed before it began to refuse connections; null while it answers. A server that
    /// refuses connections is not running, or not yet.
    /// </summary>
    public Instant? GoneSince { get; init; }

    /// <summary>How often the recorded observation has repeated, and when last.</summary>
    public ObservationHeld Repeats { get; init; } = new(0, default);

    /// <summary>When the current count of repetitions began.</summary>
    public Instant RepeatsSince { get; init; }

    public bool FitSeen { get; init; }

    /// <summary>
    /// True if the node was seen unfit. A data disk that has not answered yet does not count as unfit here.
    /// </summary>
    public bool UnfitSeen { get; init; }

    /// <summary>
    /// When the daemon last noticed that it had stalled; observations from before that time do not count as fit.
    /// </summary>
    public Instant? StalledAt { get; init; }

    /// <summary>The address families whose rules this daemon keeps.</summary>
    public IReadOnlyList<Family> Families { get; init; } = [];

    /// <summary>
    /// For each address family, the opening whose redirect was last seen in place (null: no redirect). A family that is
    /// missing here has not been reported yet.
    /// </summary>
    public ImmutableDictionary<Family, long?> InPlace { get; init; } = ImmutableDictionary<Family, long?>.Empty;

    /// <summary>
    /// True if the rules of every address family were last seen to be those of this opening; for null, if none has a
    /// redirect.
    /// </summary>
    public bool TablesHold(long? opened) =>
        Families.All(family => InPlace.TryGetValue(family, out var there) && there == opened);

    /// <summary>How long the redirect works without a refresh; null if there is no lease.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>The last seq on disk.</summary>
    public long Synced { get; init; }

    /// <summary>Why the journal cannot be written; null if it can.</summary>
    public string? JournalTrouble { get; init; }

    /// <summary>The opening that clients could use after the previous turn.</summary>
    public long? Granted { get; init; }

    public bool Stopping { get; init; }

    /// <summary>Restarts the count of repetitions.</summary>
    public GateMemory WithRepeatsFrom(Instant at) =>
        this with { Repeats = new ObservationHeld(0, at), RepeatsSince = at };

    /// <summary>
    /// Repetitions are recorded at least this often, so that a crash loses little of the poll history.
    /// </summary>
    public static TimeSpan RepeatsRecordedEvery { get; } = TimeSpan.FromHours(1);
}
