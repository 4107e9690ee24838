using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>What a poll may see, by name: fitness of both sorts, and at least one of every reason.</summary>
internal static class Kind
{
    public const string Synced = "synced";

    public static IReadOnlyDictionary<string, Observation> All { get; } = new Dictionary<string, Observation>
    {
        [Synced] = Given.Node(),
        ["donor-nonblocking"] = Given.Node(("wsrep_local_state", "2"), ("wsrep_sst_method", "xtrabackup-v2")),
        ["donor-blocking"] = Given.Node(("wsrep_local_state", "2")),
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
}
