using System.Collections.Frozen;

namespace GaleraGate.Domain.Galera;

/// <summary>The SHOW statement that returns a variable.</summary>
public enum VariableSource
{
    Status,
    System,

    /// <summary>
    /// SHOW REPLICA STATUS, run only in replica mode; <see cref="ReplicaStatus"/> combines its channels into one value.
    /// </summary>
    Replica,

    /// <summary>No statement: the daemon connects to the other nodes' gates when it needs to know.</summary>
    Gates,
}

/// <summary>Whether a change of a variable is recorded as an event.</summary>
public enum Recorded
{
    WhenItChanges,

    /// <summary>It changes all the time, so its value is recorded only when something else changes.</summary>
    AlongWithOthers,
}

/// <summary>
/// One variable that the poll reads. The probe's statements, the parsing of answers and captures, and the events are
/// all built from this table.
/// </summary>
public sealed record ObservedVariable(
    string Name,
    VariableSource Source,
    Recorded Recorded,
    Func<Observation, string?> Read,
    Func<Observation, string?, Observation> With)
{
    /// <summary>A longer value is cut to this many characters. No judged variable comes near it.</summary>
    public const int MaxValueLength = 256;

    private const VariableSource Status = VariableSource.Status;
    private const VariableSource System = VariableSource.System;
    private const VariableSource Replica = VariableSource.Replica;
    private const Recorded Changes = Recorded.WhenItChanges;
    private const Recorded Along = Recorded.AlongWithOthers;

    public static IReadOnlyList<ObservedVariable> All { get; } =
    [
        new("wsrep_local_state", Status, Changes, o => o.LocalState.Text,
            (o, v) => o with { LocalState = Reading.Digits(v) }),
        new("wsrep_local_state_comment", Status, Changes, o => o.LocalStateComment,
            (o, v) => o with { LocalStateComment = v }),
        new("wsrep_cluster_status", Status, Changes, o => o.ClusterStatus, (o, v) => o with { ClusterStatus = v }),
        new("wsrep_ready", Status, Changes, o => o.Ready.Text, (o, v) => o with { Ready = Reading.OnlyOn(v) }),
        new("wsrep_connected", Status, Changes, o => o.Connected.Text,
            (o, v) => o with { Connected = Reading.Switch(v) }),
        new("wsrep_cluster_size", Status, Changes, o => o.ClusterSize.Text,
            (o, v) => o with { ClusterSize = Reading.Digits(v) }),
        new("wsrep_cluster_conf_id", Status, Changes, o => o.View.Text, (o, v) => o with { View = Reading.Digits(v) }),
        new("wsrep_cluster_state_uuid", Status, Changes, o => o.ClusterUuid, (o, v) => o with { ClusterUuid = v }),
        new("wsrep_last_committed", Status, Along, o => o.Committed.Text,
            (o, v) => o with { Committed = Reading.Digits(v) }),
        new("wsrep_local_recv_queue", Status, Along, o => o.ReceiveQueue.Text,
            (o, v) => o with { ReceiveQueue = Reading.Digits(v) }),
        new("wsrep_flow_control_paused", Status, Along, o => o.FlowControlPaused.Text,
            (o, v) => o with { FlowControlPaused = Reading.Fraction(v) }),
        new("wsrep_desync_count", Status, Along, o => o.DesyncCount.Text,
            (o, v) => o with { DesyncCount = Reading.Digits(v) }),
        new("wsrep_gcomm_uuid", Status, Changes, o => o.ProviderUuid, (o, v) => o with { ProviderUuid = v }),
        new("Uptime", Status, Along, o => o.Uptime.Text, (o, v) => o with { Uptime = Reading.Digits(v) }),
        new("read_only", System, Changes, o => o.ReadOnly.Text,
            (o, v) => o with { ReadOnly = Reading.AnythingButOff(v) }),
        new("super_read_only", System, Changes, o => o.SuperReadOnly.Text,
            (o, v) => o with { SuperReadOnly = Reading.AnythingButOff(v) }),
        new("offline_mode", System, Changes, o => o.OfflineMode.Text,
            (o, v) => o with { OfflineMode = Reading.AnythingButOff(v) }),
        new("wsrep_on", System, Changes, o => o.WsrepOn.Text, (o, v) => o with { WsrepOn = Reading.Switch(v) }),
        new("wsrep_sst_method", System, Changes, o => o.SstMethod, (o, v) => o with { SstMethod = v }),
        new("wsrep_desync", System, Changes, o => o.Desync.Text, (o, v) => o with { Desync = Reading.Switch(v) }),
        new("wsrep_reject_queries", System, Changes, o => o.RejectQueries, (o, v) => o with { RejectQueries = v }),
        new("wsrep_sst_donor_rejects_queries", System, Changes, o => o.DonorRejectsQueries.Text,
            (o, v) => o with { DonorRejectsQueries = Reading.Switch(v) }),
        new("pxc_maint_mode", System, Changes, o => o.MaintenanceMode, (o, v) => o with { MaintenanceMode = v }),
        new("version", System, Changes, o => o.Version, (o, v) => o with { Version = v }),
        new("version_comment", System, Changes, o => o.VersionComment, (o, v) => o with { VersionComment = v }),
        new(ReplicaStatus.Channels, Replica, Changes, o => o.ReplicaChannels.Text,
            (o, v) => o with { ReplicaChannels = Reading.Digits(v) }),
        new(ReplicaStatus.Running, Replica, Changes, o => o.ReplicaRunning.Text,
            (o, v) => o with { ReplicaRunning = Reading.OnlyOn(v) }),
        new(ReplicaStatus.Lag, Replica, Along, o => o.ReplicaLag.Text,
            (o, v) => o with { ReplicaLag = Reading.Digits(v) }),
        new(ReplicaStatus.Connecting, Replica, Changes, o => o.ReplicaConnecting.Text,
            (o, v) => o with { ReplicaConnecting = Reading.OnlyOn(v) }),
        new(Elsewhere.Variable, VariableSource.Gates, Changes, o => o.OtherGates,
            (o, v) => o with { OtherGates = v }),
    ];

    private static readonly FrozenDictionary<string, ObservedVariable> ByName =
        All.ToFrozenDictionary(row => row.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Reads an answer. Names are case-insensitive, unknown names are skipped, a null value counts as missing, and a
    /// name that appears twice with different values makes the whole answer a contradiction.
    /// </summary>
    public static Observation ReadAnswer(IEnumerable<KeyValuePair<string, string?>> rows)
    {
        var observation = new Observation();
        foreach (var (name, value) in rows)
        {
            if (value is null || !ByName.TryGetValue(name, out var row))
            {
                continue;
            }

            var text = value.Length <= MaxValueLength ? value : value[..MaxValueLength] + "…";
            var before = row.Read(observation);
            observation = before is null ? row.With(observation, text)
                : before == text ? observation
                : observation with { Contradiction = row.Name };
        }

        return observation;
    }

    /// <summary>
    /// The variables that were present, as received; <see cref="ReadAnswer"/> reads them back into an equal
    /// observation.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, string>> Rows(Observation observation) =>
        from row in All
        let text = row.Read(observation)
        where text is not null
        select KeyValuePair.Create(row.Name, text);
}
