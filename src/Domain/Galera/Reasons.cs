using System.Numerics;

namespace GaleraGate.Domain.Galera;

/// <summary>
/// Why a node is unfit. All reasons that hold are kept; the order of the bits is the order of precedence.
/// </summary>
[Flags]
public enum Reasons
{
    None = 0,
    Held = 1 << 0,
    Unreachable = 1 << 1,
    Timeout = 1 << 2,
    AccessDenied = 1 << 3,
    TooManyConnections = 1 << 4,
    Offline = 1 << 5,
    WsrepOff = 1 << 6,
    Inconsistent = 1 << 7,
    Disconnected = 1 << 8,
    NonPrimary = 1 << 9,
    NotReady = 1 << 10,
    Initialized = 1 << 11,
    Joining = 1 << 12,
    Joined = 1 << 13,
    DonorBlocking = 1 << 14,
    Unrecognized = 1 << 15,
    RejectingQueries = 1 << 16,
    ReadOnly = 1 << 17,
    Maintenance = 1 << 18,
    Disk = 1 << 19,
    Desynced = 1 << 20,
    ReceiveQueue = 1 << 21,
    FlowControl = 1 << 22,
    ReplicaStopped = 1 << 23,
    ReplicaLag = 1 << 24,
}

/// <summary>How fast a reason closes the gate.</summary>
public enum Pace
{
    /// <summary>At the first observation.</summary>
    Immediate,

    /// <summary>After fall observations in a row and close-after.</summary>
    Debounced,
}

/// <summary>
/// One row of the table of reasons: its name in every output, its pace, and its meaning in one sentence.
/// </summary>
public sealed record Reason(Reasons Flag, string Name, Pace Pace, string Sentence)
{
    /// <summary>The table, in order of precedence.</summary>
    public static IReadOnlyList<Reason> All { get; } =
    [
        new(Reasons.Held, "held", Pace.Immediate, "the gate is held closed"),
        new(Reasons.Unreachable, "unreachable", Pace.Immediate, "the server takes no connection"),
        new(Reasons.Timeout, "timeout", Pace.Debounced, "the server does not answer within the probe timeout"),
        new(Reasons.AccessDenied, "access-denied", Pace.Debounced,
            "the server refuses the probe's account or host, or TLS fails: the probe is misconfigured"),
        new(Reasons.TooManyConnections, "too-many-connections", Pace.Debounced,
            "the server has no connection left for the probe"),
        new(Reasons.Offline, "offline", Pace.Immediate,
            "the server is in offline mode: it refuses everybody but administrators"),
        new(Reasons.WsrepOff, "wsrep-off", Pace.Immediate, "the server is not a Galera node: wsrep is off"),
        new(Reasons.Inconsistent, "inconsistent", Pace.Immediate,
            "the node's data differ from the cluster's: it was voted out"),
        new(Reasons.Disconnected, "disconnected", Pace.Immediate, "the node is connected to no cluster"),
        new(Reasons.NonPrimary, "non-primary", Pace.Immediate, "the node is not in the primary component"),
        new(Reasons.NotReady, "not-ready", Pace.Immediate, "the node refuses queries: wsrep_ready is not ON"),
        new(Reasons.Initialized, "initialized", Pace.Immediate, "the node has not joined the cluster"),
        new(Reasons.Joining, "joining", Pace.Immediate, "the node receives a state transfer"),
        new(Reasons.Joined, "joined", Pace.Debounced, "the node has the data and still catches up"),
        new(Reasons.DonorBlocking, "donor-blocking", Pace.Debounced,
            "the node is a donor or desynced, and its wsrep_sst_method is not in the list of those that do not block"),
        new(Reasons.Unrecognized, "unrecognized", Pace.Debounced,
            "the server's answer is an error, cannot be read, or lacks what every Galera node reports"),
        new(Reasons.RejectingQueries, "rejecting-queries", Pace.Immediate, "the node is told to reject queries"),
        new(Reasons.ReadOnly, "read-only", Pace.Immediate, "the server is read-only"),
        new(Reasons.Maintenance, "maintenance", Pace.Immediate, "the node is in maintenance mode"),
        new(Reasons.Disk, "disk", Pace.Debounced, "the data disk does not take writes in time"),
        new(Reasons.Desynced, "desynced", Pace.Debounced, "the node is desynced by hand"),
        new(Reasons.ReceiveQueue, "receive-queue", Pace.Debounced,
            "the receive queue is above its high mark and not yet below its low mark"),
        new(Reasons.FlowControl, "flow-control", Pace.Debounced,
            "flow control is above its high mark and not yet below its low mark"),
        new(Reasons.ReplicaStopped, "replica-stopped", Pace.Debounced, "replication is not running"),
        new(Reasons.ReplicaLag, "replica-lag", Pace.Debounced, "replication lags too far behind"),
    ];

    private static readonly Reasons ImmediateReasons =
        All.Where(row => row.Pace == Pace.Immediate).Aggregate(Reasons.None, (mask, row) => mask | row.Flag);

    /// <summary>The rows of the reasons that hold, in order of precedence.</summary>
    public static IEnumerable<Reason> Of(Reasons reasons) => All.Where(row => reasons.HasFlag(row.Flag));

    /// <summary>The row of the reason with the highest precedence.</summary>
    public static Reason Headline(Reasons reasons)
    {
        Invariant.Holds(reasons != Reasons.None, "a headline needs a reason");
        return All[BitOperations.TrailingZeroCount((uint)reasons)];
    }

    /// <summary>Immediate if any one of them is.</summary>
    public static Pace PaceOf(Reasons reasons) => (reasons & ImmediateReasons) != 0 ? Pace.Immediate : Pace.Debounced;

    /// <summary>
    /// The flags with these names; unknown names are skipped, because a newer version may have written them.
    /// </summary>
    public static Reasons Parse(IEnumerable<string> names) =>
        names
            .Select(name => All.FirstOrDefault(row => row.Name == name)?.Flag ?? Reasons.None)
            .Aggregate(Reasons.None, (reasons, flag) => reasons | flag);
}

public static class Paces
{
    public static string Name(this Pace pace) => pace switch
    {
        Pace.Immediate => "immediate",
        Pace.Debounced => "debounced",
    };
}
