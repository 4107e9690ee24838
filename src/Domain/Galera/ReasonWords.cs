namespace GaleraGate.Domain.Galera;

/// <summary>A reason in words for people: what was observed, and what must change.</summary>
/// <param name="Seen">What the server's last answer shows; the observation is empty if there was no answer.</param>
/// <param name="Until">The event that ends it, worded to follow "opens 3 good probes after".</param>
public sealed record ReasonWords(Reasons Flag, Func<Observation, string> Seen, string Until)
{
    /// <summary>The table, in order of precedence.</summary>
    public static IReadOnlyList<ReasonWords> All { get; } =
    [
        new(Reasons.Held, _ => "an operator or a file holds it", "the hold is released"),
        new(Reasons.Unreachable, _ => "the server takes no connection", "the server takes connections"),
        new(Reasons.Timeout, _ => "the server does not answer in time", "the server answers in time"),
        new(Reasons.AccessDenied, _ => "the server refuses the probe's account", "the probe can log in"),
        new(Reasons.TooManyConnections, _ => "the server has no connection left", "the server has a connection left"),
        new(Reasons.Offline, _ => "offline_mode is ON", "offline_mode is OFF"),
        new(Reasons.WsrepOff, _ => "wsrep is off", "wsrep is on"),
        new(Reasons.Inconsistent, _ => "the node was voted out: its data differ", "the node has rejoined"),
        new(Reasons.Disconnected, _ => "the node is connected to no cluster", "the node is connected again"),
        new(Reasons.NonPrimary, o => $"wsrep_cluster_status is {o.ClusterStatus ?? "not Primary"}",
            "the component is Primary"),
        new(Reasons.NotReady, _ => "wsrep_ready is OFF", "wsrep_ready is ON"),
        new(Reasons.Initialized, _ => "the node has not joined the cluster", Synced),
        new(Reasons.Joining, _ => "the node receives a state transfer", Synced),
        new(Reasons.Joined, _ => "the node catches up after a state transfer", Synced),
        new(
            Reasons.DonorBlocking,
            o => $"the node is a donor, and {o.SstMethod ?? "its method"} blocks it",
            "the state transfer has ended"),
        new(Reasons.Unrecognized, _ => "the server's answer cannot be judged", "the server's answer can be judged"),
        new(
            Reasons.RejectingQueries,
            o => $"wsrep_reject_queries is {o.RejectQueries ?? "set"}",
            "wsrep_reject_queries is NONE"),
        new(
            Reasons.ReadOnly,
            o => o.SuperReadOnly.Is(true) && !o.ReadOnly.Is(true) ? "super_read_only is ON" : "read_only is ON",
            "read_only is OFF"),
        new(
            Reasons.Maintenance,
            o => $"pxc_maint_mode is {o.MaintenanceMode ?? "set"}",
            "pxc_maint_mode is DISABLED"),
        new(Reasons.Disk, _ => "the data disk takes no writes in time", "the data disk takes writes"),
        new(Reasons.Desynced, _ => "wsrep_desync is ON", "wsrep_desync is OFF"),
        new(
            Reasons.ReceiveQueue,
            o => $"the receive queue is {o.ReceiveQueue.Text ?? "long"}",
            "the receive queue is below its low mark"),
        new(
            Reasons.FlowControl,
            o => $"flow control pauses {o.FlowControlPaused.Text ?? "too much"}",
            "flow control is below its low mark"),
        new(Reasons.ReplicaStopped, _ => "replication is stopped", "replication runs"),
        new(
            Reasons.ReplicaLag,
            o => $"the replica lags by {o.ReplicaLag.Text ?? "too many"} s",
            "the replica has caught up"),
    ];

    private const string Synced = "the node is Synced";

    /// <summary>What was observed for each reason that holds, in order of precedence.</summary>
    public static string SeenOf(Reasons reasons, Observation? answer) =>
        string.Join(", ", Of(reasons).Select(row => row.Seen(answer ?? new Observation())).Distinct());

    /// <summary>What must be observed before the gate can open.</summary>
    public static string UntilOf(Reasons reasons) =>
        string.Join(" and ", Of(reasons).Select(row => row.Until).Distinct());

    private static IEnumerable<ReasonWords> Of(Reasons reasons) => All.Where(row => reasons.HasFlag(row.Flag));
}
