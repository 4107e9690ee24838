using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests;

/// <summary>Observations and moments that tests start from.</summary>
internal static class Given
{
    private static readonly Dictionary<string, string?> HealthyVariables = new()
    {
        ["wsrep_local_state"] = "4",
        ["wsrep_local_state_comment"] = "Synced",
        ["wsrep_cluster_status"] = "Primary",
        ["wsrep_ready"] = "ON",
        ["wsrep_connected"] = "ON",
        ["wsrep_cluster_size"] = "3",
        ["wsrep_cluster_conf_id"] = "7",
        ["wsrep_gcomm_uuid"] = "aaaaaaaa-0000-11f1-a000-000000000001",
        ["wsrep_last_committed"] = "100",
        ["wsrep_local_recv_queue"] = "0",
        ["Uptime"] = "1000",
        ["read_only"] = "OFF",
        ["wsrep_on"] = "ON",
        ["wsrep_sst_method"] = "rsync",
        ["wsrep_desync"] = "OFF",
        ["wsrep_reject_queries"] = "NONE",
        ["wsrep_sst_donor_rejects_queries"] = "OFF",
    };

    /// <summary>A synced node, except for these variables; a null value removes the variable.</summary>
    public static Observation Node(params (string Name, string? Value)[] changes)
    {
        var variables = new Dictionary<string, string?>(HealthyVariables);
        foreach (var (name, value) in changes)
        {
            variables[name] = value;
        }

        return ObservedVariable.ReadAnswer(variables);
    }

    public static Instant Second(double seconds, string boot = "boot-1") =>
        new(DateTimeOffset.UnixEpoch.AddYears(56).AddSeconds(seconds), TimeSpan.FromSeconds(1000 + seconds), boot);
}
