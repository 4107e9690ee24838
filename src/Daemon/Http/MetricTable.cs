using System.Globalization;
using GaleraGate.Daemon.Control;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Http;

internal sealed record Sample(double Value, params (string Label, string Value)[] Labels);

/// <param name="Read">The samples; empty if the thing does not exist here.</param>
internal sealed record Metric(string Name, string Type, string Help, Func<StatusReport, IEnumerable<Sample>> Read)
{
    public const string Gauge = "gauge";
    public const string Counter = "counter";
    public const string OpenSeconds = "galeragate_gate_open_seconds_total";
    public const string ClosedSeconds = "galeragate_gate_closed_seconds_total";
}

/// <summary>One row for each metric.</summary>
internal static class MetricTable
{
    private const string Gauge = Metric.Gauge;
    private const string Counter = Metric.Counter;

    private static readonly string[] Phases = [.. Enum.GetNames<GatePhase>().Select(name => name.ToLowerInvariant())];

    private static readonly string[] Kinds =
        [.. Enum.GetNames<Holds>().Where(name => name != nameof(Holds.None)).Select(name => name.ToLowerInvariant())];

    private static readonly string[] ClosedBy =
        ["started", "stopped", GateDecider.LapsedReason, .. Reason.All.Select(reason => reason.Name)];

    private static readonly string[] Waivers = [Verdict.LastResortName, Verdict.ReplicaGraceName];

    private static readonly string[] States = Enum.GetNames<NodeState>();

    public static IReadOnlyList<Metric> All { get; } =
    [
        new("galeragate_build_info", Gauge, "The daemon's version.", r => [new(1, ("version", r.Version))]),
        new(
            "galeragate_node_info",
            Gauge,
            "The node's name and the ports of its gate.",
            r =>
            [
                new(1, ("node", r.Node), ("gate_port", Text(r.Gate.Port)), ("server_port", Text(r.Gate.ServerPort))),
            ]),
        new(
            "galeragate_start_time_seconds",
            Gauge,
            "When the daemon started, in seconds since 1970.",
            r => One(Unix(r.Started))),
        new("galeragate_dry_run", Gauge, "1 when the daemon changes no rule (dry run).", r => One(r.DryRun)),
        new("galeragate_gate_open", Gauge, "1 while clients are let in.", r => One(r.Gate.Open)),
        new(
            "galeragate_gate_phase",
            Gauge,
            "1 for the phase that the gate is in.",
            r => Phases.Select(phase => new Sample(Bit(r.Gate.Phase == phase), ("phase", phase)))),
        new(
            "galeragate_gate_changed_timestamp_seconds",
            Gauge,
            "Since when clients are let in, or are not, in seconds since 1970.",
            r => One(Unix(r.Gate.Since))),
        new(
            "galeragate_gate_open_after_seconds",
            Gauge,
            "How long fitness must last before the gate opens.",
            r => One(r.Gate.OpenAfter)),
        new("galeragate_gate_penalty", Gauge, "The flap penalty as decayed until now.", r => One(r.Gate.Penalty)),
        new("galeragate_gate_openings_total", Counter, "Openings of the gate.", r => One(r.Counters.GateOpened)),
        new("galeragate_gate_closings_total", Counter, "Closings of the gate.", r => One(r.Counters.GateClosed)),
        new(
            Metric.OpenSeconds,
            Counter,
            "Seconds in which clients were let in.",
            r => Some(r.Served?.Open)),
        new(
            Metric.ClosedSeconds,
            Counter,
            "Seconds in which clients were refused, by the reason that closed the gate.",
            r => r.Served is { } served ? ClosedBy.Select(reason => new Sample(
                served.Closed.FirstOrDefault(row => row.Reason == reason)?.Seconds ?? 0, ("reason", reason))) : []),
        new(
            "galeragate_clients",
            Gauge,
            "Clients that are connected through the gate; absent in a dry run, or if the kernel does not report them.",
            r => r.Clients is { Trouble: null } clients ? One(clients.Through) : []),
        new(
            "galeragate_hold",
            Gauge,
            "1 while this kind of hold keeps the gate closed.",
            r => Kinds.Select(hold => new Sample(Bit(r.Holds.Any(there => there.Hold == hold)), ("hold", hold)))),
        new(
            "galeragate_node_state",
            Gauge,
            "1 for the state that the node is in.",
            r => States.Select(
                state => new Sample(Bit(r.NodeState.State == state), ("state", state.ToLowerInvariant())))),
        new(
            "galeragate_verdict_fit",
            Gauge,
            "1 while the last observation is fit, before any debounce.",
            r => One(r.Verdict is { IsFit: true })),
        new(
            "galeragate_verdict_reason",
            Gauge,
            "1 for each reason why the last observation is unfit.",
            r => Reason.All.Select(reason => new Sample(
                Bit(r.Verdict?.Reasons.HasFlag(reason.Flag) ?? false), ("reason", reason.Name)))),
        new(
            "galeragate_verdict_waived",
            Gauge,
            "1 while the last observation is fit because an operator lets a reason pass.",
            r => Waivers.Select(waiver => new Sample(
                Bit(r.Verdict is { IsFit: true } fit && fit.Headline == waiver), ("waiver", waiver)))),
        new(
            "galeragate_redirect_wanted",
            Gauge,
            "1 when the tables should hold a redirect.",
            r => r.Redirects.Select(one => new Sample(Bit(one.Wanted), Family(one)))),
        new(
            "galeragate_redirect_in_place",
            Gauge,
            "1 when the tables held one at the last check; absent before the first check.",
            r => r.Redirects.Where(one => one.InPlace is not null)
                .Select(one => new Sample(Bit(one.InPlace!.Value), Family(one)))),
        new(
            "galeragate_rule_changes_total",
            Counter,
            "Redirect rules added and removed.",
            r =>
            [
                new(r.Counters.RedirectsAdded, ("change", "add")),
                new(r.Counters.RedirectsRemoved, ("change", "remove")),
            ]),
        new(
            "galeragate_rule_change_failures_total",
            Counter,
            "Changes of the tables that failed.",
            r => One(r.Counters.ChangesFailed)),
        new(
            "galeragate_drift_found_total",
            Counter,
            "Rules of ours that another program removed or added.",
            r => One(r.Counters.DriftFound)),
        new(
            "galeragate_drift_mended_total",
            Counter,
            "Times that the tables were repaired.",
            r => One(r.Counters.DriftMended)),
        new(
            "galeragate_connections_reset_total",
            Counter,
            "Clients that were reset when the gate closed.",
            r => One(r.Counters.ConnectionsReset)),
        new(
            "galeragate_lease_length_seconds",
            Gauge,
            "How long the redirect works unrefreshed; absent when no lease is kept.",
            r => Some(r.Lease.Length)),
        new("galeragate_lease_running", Gauge, "1 while the lease is refreshed.", r => One(r.Lease.Runs ?? false)),
        new(
            "galeragate_lease_lapses_total",
            Counter,
            "Leases that lapsed while the gate was open.",
            r => One(r.Counters.LeasesLapsed)),
        new("galeragate_probes_total", Counter, "Probes of the server.", r => One(r.Probe.Probes)),
        new("galeragate_probe_failures_total", Counter, "Probes without an answer.", r => One(r.Probe.Failed)),
        new("galeragate_probe_age_seconds", Gauge, "Time since the last probe ended.", r => Some(r.Probe.Ago)),
        new(
            "galeragate_disk_ok",
            Gauge,
            "1 while the data disk takes writes in time; absent when no disk is probed.",
            r => r.Disk is { } disk ? One(disk.Trouble is null) : []),
        new(
            "galeragate_journal_ok",
            Gauge,
            "1 while the disk takes what is recorded.",
            r => One(r.Journal.Trouble is null)),
        new("galeragate_journal_seq", Gauge, "The number of the last event.", r => One(r.Journal.Seq)),
        new(
            "galeragate_journal_lag_events",
            Gauge,
            "Events that are not on disk yet.",
            r => One(r.Journal.Seq - r.Journal.OnDisk)),
        new(
            "galeragate_archive_ok",
            Gauge,
            "1 while shipping to the archive works; absent when no archive is configured.",
            r => r.Archive is { } archive ? One(archive.Trouble is null) : []),
        new(
            "galeragate_archive_lag_events",
            Gauge,
            "Events on disk that the archive does not have.",
            r => Some(r.Archive?.LagEvents)),
        new(
            "galeragate_archive_lag_seconds",
            Gauge,
            "The age of the oldest of them.",
            r => Some(r.Archive?.LagSeconds)),
        new(
            "galeragate_server_restarts_total",
            Counter,
            "Restarts of the database server that were seen.",
            r => One(r.Counters.ServerRestarts)),
        new(
            "galeragate_loop_stalls_total",
            Counter,
            "Times that the daemon stalled.",
            r => One(r.Counters.Stalls)),
    ];

    private static IEnumerable<Sample> One(double value) => [new(value)];

    private static IEnumerable<Sample> One(bool value) => [new(Bit(value))];

    private static IEnumerable<Sample> Some(double? value) => value is { } there ? [new(there)] : [];

    private static (string, string) Family(RedirectReport redirect) => ("family", redirect.Family);

    private static double Unix(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private static string Text(ushort port) => port.ToString(CultureInfo.InvariantCulture);

    private static double Bit(bool value) => value ? 1 : 0;
}
