using System.Globalization;
using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

// What the verbs of audit print with --json, one object a line: a contract. Times are ISO 8601 in UTC, durations are
// seconds.

/// <summary>A period with fewer open nodes than asked for.</summary>
/// <param name="To">Null while it lasts, as far as is recorded.</param>
/// <param name="Seconds">How long it lasted; null while it lasts.</param>
/// <param name="Open">How many nodes were open.</param>
internal sealed record ShortageDocument(string From, string? To, double? Seconds, int Open)
{
    public static ShortageDocument Of(Shortage shortage) => new(
        AuditJson.Utc(shortage.From)!,
        AuditJson.Utc(shortage.To),
        (shortage.To - shortage.From)?.TotalSeconds,
        shortage.Open);
}

/// <summary>A period in which one gate was closed.</summary>
/// <param name="UnfitSeconds">How long the node was unfit; for the rest of the time the gate waited for its
/// debounce.</param>
/// <param name="Doubtful">One of its events is damaged or was modified.</param>
/// <param name="FromEarliest">Set if the beginning is not recorded: it is between this time and From. Else
/// null.</param>
/// <param name="Planned">An operator caused it: a hold, or a daemon that was stopped.</param>
/// <param name="FirstStart">The node's first daemon started with the gate closed: not an outage.</param>
/// <param name="With">The nodes with related closures: the same change of view, or joiner and donor.</param>
internal sealed record ClosureDocument(
    string Node,
    string From,
    string? To,
    double? Seconds,
    string Reason,
    double? UnfitSeconds,
    string WaitedFor,
    bool Doubtful,
    string? FromEarliest,
    bool Planned,
    bool FirstStart,
    IEnumerable<string> With)
{
    public static ClosureDocument Of(Closure closure, TimeSpan? unfit, IEnumerable<string> with) => new(
        closure.Node,
        AuditJson.Utc(closure.From.Utc)!,
        AuditJson.Utc(closure.To?.Utc),
        closure.Lasted?.TotalSeconds,
        closure.Reason,
        unfit?.TotalSeconds,
        closure.WaitedFor,
        closure.IsDoubtful,
        AuditJson.Utc(closure.Earliest?.Utc),
        closure.IsPlanned,
        closure.IsFirstStart,
        with);
}

/// <summary>What <c>audit stats</c> counts.</summary>
internal sealed record StatsDocument(
    IEnumerable<ClosesDocument> Closes,
    IEnumerable<LongestDocument> Longest,
    IReadOnlyDictionary<string, int> Flaps,
    long RuleChanges,
    long Drift,
    LatencyDocument ToClosed,
    LatencyDocument ToOpen,
    LatencyDocument Commands,
    SummaryDocument? Summary)
{
    public static StatsDocument Of(
        Statistics found, IEnumerable<Closure> longest, Summary? summary, bool isWhole) => new(
        found.Closes.Select(one => new ClosesDocument(
            one.Day.ToString("O", CultureInfo.InvariantCulture), one.Node, one.Reason, one.Count)),
        longest.Select(one => new LongestDocument(
            one.Node, one.From.ToString(), one.Lasted!.Value.TotalSeconds, one.Reason)),
        found.Flaps,
        found.RuleChanges,
        found.Drifts,
        LatencyDocument.Of(found.ToClosed),
        LatencyDocument.Of(found.ToOpen),
        LatencyDocument.Of(found.Commands),
        summary is null ? null : SummaryDocument.Of(summary, isWhole));
}

/// <summary>A period in a few figures.</summary>
/// <param name="Cluster">When at least one node was open; null if not every node was read.</param>
/// <param name="NoneOpenSpells">How often no node was open; null if not every node was read.</param>
/// <param name="Causes">The reasons of the closures, longest total first.</param>
internal sealed record SummaryDocument(
    string From,
    string To,
    IReadOnlyDictionary<string, ServedDocument> Nodes,
    ServedDocument? Cluster,
    int? NoneOpenSpells,
    IEnumerable<CauseDocument> Causes,
    long ClientsReset)
{
    public static SummaryDocument Of(Summary summary, bool isWhole) => new(
        AuditJson.Utc(summary.Served.From)!,
        AuditJson.Utc(summary.Served.To)!,
        summary.Served.Nodes.ToDictionary(node => node.Key, node => ServedDocument.Of(node.Value)),
        isWhole ? ServedDocument.Of(summary.Served.Cluster) : null,
        isWhole ? summary.Served.Spells : null,
        summary.Causes.Select(cause => new CauseDocument(
            cause.Reason, cause.IsPlanned, cause.Count, cause.Closed.TotalSeconds)),
        summary.ClientsReset);
}

/// <summary>How long a gate was open, out of the time for which there is a record.</summary>
/// <param name="Share">From 0 to 1; null if there is no record.</param>
internal sealed record ServedDocument(double OpenSeconds, double ClosedSeconds, double? Share)
{
    public static ServedDocument Of(Served served) =>
        new(served.Open.TotalSeconds, served.Closed.TotalSeconds, served.Share);
}

/// <summary>The total of the closures with one reason.</summary>
internal sealed record CauseDocument(string Reason, bool Planned, int Count, double ClosedSeconds);

/// <summary>How often a node's gate closed on one day for one reason.</summary>
/// <param name="Day">Year, month and day.</param>
internal sealed record ClosesDocument(string Day, string Node, string Reason, int Count);

/// <summary>One of the longest closures.</summary>
internal sealed record LongestDocument(string Node, string From, double Seconds, string Reason);

/// <summary>How long something took, in seconds, over n times.</summary>
internal sealed record LatencyDocument(int N, double Median, double P95, double P99, double Worst)
{
    public static LatencyDocument Of(Latency latency) => new(
        latency.Count,
        latency.Median.TotalSeconds,
        latency.P95.TotalSeconds,
        latency.P99.TotalSeconds,
        latency.Worst.TotalSeconds);
}

/// <summary>An event of <c>audit replay</c>, and the state of all nodes after it.</summary>
internal sealed record SceneDocument(
    string At,
    string Node,
    long Seq,
    string Type,
    string Words,
    string? Doubt,
    IReadOnlyDictionary<string, SceneNodeDocument> Nodes)
{
    public static SceneDocument Of(Scene scene) => new(
        scene.Event.At.ToString(),
        scene.Event.Node,
        scene.Event.Seq,
        scene.Event.Type,
        EventText.Of(scene.Event.Event),
        scene.Event.Doubt,
        scene.Nodes.ToDictionary(node => node.Key, node => SceneNodeDocument.Of(node.Value)));
}

/// <summary>The state of one node.</summary>
internal sealed record SceneNodeDocument(
    string NodeState,
    string? Reason,
    string Phase,
    bool Open,
    IEnumerable<string> Redirects)
{
    public static SceneNodeDocument Of(GateState state) => new(
        state.NodeState.ToString(),
        state.Verdict?.Headline,
        state.Phase.ToString().ToLowerInvariant(),
        state.Phase.LetsTrafficIn(),
        Enum.GetValues<Family>().SelectMany(family => state.Redirects.Of(family).Rules));
}

/// <summary>The result of <c>audit verify</c>.</summary>
/// <param name="Events">How many lines are correct, without interruption, from the first.</param>
/// <param name="Head">The hash of the last of them, whose seq is HeadSeq.</param>
/// <param name="Problem">The first problem, in the journal or compared with the archive; null if none.</param>
/// <param name="Warning">Why the newest events may be missing; null if there is no sign of that.</param>
/// <param name="DroppedUpTo">The last seq that retention deleted meanwhile; null for none.</param>
/// <param name="LoggedHeads">How many of its heads are in the system log.</param>
/// <param name="Archived">How many events the archive has identically; null if it was not compared.</param>
internal sealed record VerifyDocument(
    long Events,
    long Bytes,
    long HeadSeq,
    string Head,
    string? Problem,
    string? Warning,
    long? DroppedUpTo,
    int LoggedHeads,
    long? Archived)
{
    public static VerifyDocument Of(JournalProof proof, string? problem, int logged, long? archived) => new(
        proof.Events,
        proof.Bytes,
        proof.HeadSeq,
        proof.Head,
        problem,
        proof.Warning,
        proof.Dropped,
        logged,
        archived);
}

/// <summary>A gate change computed by <c>audit what-if</c>.</summary>
/// <param name="Gate"><c>open</c> or <c>closed</c>.</param>
internal sealed record GateChangeDocument(string At, string Gate, string Reason)
{
    public static GateChangeDocument Of(GateChange change) =>
        new(change.At.ToString(), change.Open ? "open" : "closed", change.Reason);
}

/// <summary>Writes the documents.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ShortageDocument))]
[JsonSerializable(typeof(ClosureDocument))]
[JsonSerializable(typeof(StatsDocument))]
[JsonSerializable(typeof(VerifyDocument))]
[JsonSerializable(typeof(SceneDocument))]
[JsonSerializable(typeof(GateChangeDocument))]
internal sealed partial class AuditJson : JsonSerializerContext
{
    public static string? Utc(DateTimeOffset? time) =>
        time is { } known ? new Instant(known, TimeSpan.Zero, "").ToString() : null;
}
