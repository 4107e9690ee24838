using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>What a poll may see, by name: both kinds of fitness, and every reason at least once.</summary>
internal static class Kind
{
    public const string Synced = "synced";

    /// <summary>A donor that blocks, and every other gate is closed.</summary>
    public const string LastResort = "last resort";

    /// <summary>A donor that blocks, and another gate is open.</summary>
    public const string OthersOpen = "another gate is open";

    public const string Replicating = "replicating";

    public const string SourceLost = "the source is lost";

    public const string ApplierStopped = "the SQL thread is stopped";

    public static IReadOnlyDictionary<string, Observation> All { get; } = new Dictionary<string, Observation>
    {
        [Synced] = Given.Node(),
        ["donor-nonblocking"] = Given.Node(("wsrep_local_state", "2"), ("wsrep_sst_method", "xtrabackup-v2")),
        ["donor-blocking"] = Given.Node(("wsrep_local_state", "2")),
        [LastResort] = Given.Node(("wsrep_local_state", "2"), ("other_gates", "closed")),
        [OthersOpen] = Given.Node(("wsrep_local_state", "2"), ("other_gates", "open")),
        [Replicating] = Replica(("replica_running", "ON"), ("replica_lag", "1")),
        [SourceLost] = Replica(("replica_running", "OFF"), ("replica_connecting", "ON")),
        [ApplierStopped] = Replica(("replica_running", "OFF")),
        ["joined"] = Given.Node(("wsrep_local_state", "3")),
        ["joining"] = Given.Node(("wsrep_local_state", "1")),
        ["initialized"] = Given.Node(("wsrep_local_state", "0")),
        ["inconsistent"] = Given.Node(("wsrep_local_state", "5")),
        ["read-only"] = Given.Node(("read_only", "ON")),
        ["maintenance"] = Given.Node(("pxc_maint_mode", "MAINTENANCE")),
        ["rejecting-queries"] = Given.Node(("wsrep_reject_queries", "ALL")),
        ["non-primary"] = Given.Node(("wsrep_cluster_status", "non-Primary")),
        ["non-primary and not ready"] = Given.Node(
            ("wsrep_cluster_status", "non-Primary"), ("wsrep_ready", "OFF"), ("wsrep_local_state", "0")),
        ["disconnected"] = Given.Node(("wsrep_connected", "OFF")),
        ["not-ready"] = Given.Node(("wsrep_ready", "OFF")),
        ["wsrep-off"] = Given.Node(("wsrep_on", "OFF")),
        ["unrecognized"] = Given.Node(("read_only", null)),
        ["refused"] = Observation.Failed(ProbeError.Refused),
        ["timeout"] = Observation.Failed(ProbeError.Timeout),
        ["access-denied"] = Observation.Failed(ProbeError.AccessDenied),
        ["too-many-connections"] = Observation.Failed(ProbeError.TooManyConnections),
        ["offline"] = Observation.Failed(ProbeError.Offline),
        ["another error"] = Observation.Failed(ProbeError.Other),
        ["connection-lost"] = Observation.Failed(ProbeError.ConnectionLost),
        ["restarted"] = Given.Node(("Uptime", "3"), ("wsrep_gcomm_uuid", "bbbbbbbb-0000-11f1-a000-000000000002")),
    };

    /// <summary>An ordinary replica: no Galera node, and read-only.</summary>
    private static Observation Replica(params (string Name, string? Value)[] variables) =>
        ObservedVariable.ReadAnswer(
            variables
                .Append((Name: "read_only", Value: "ON"))
                .Append((Name: "wsrep_on", Value: "OFF"))
                .Select(variable => KeyValuePair.Create(variable.Name, variable.Value)));
}
