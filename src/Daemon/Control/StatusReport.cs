using System.Text.Json.Serialization;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Connections;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Daemon.Control;

/// <summary>What <c>GET /v1/status</c> answers: a contract, documented in docs/http.md. Fields are only ever added. Times are UTC, durations seconds.</summary>
internal sealed record StatusReport
{
    public required string Version { get; init; }

    public required string Node { get; init; }

    public required int Pid { get; init; }

    public required bool DryRun { get; init; }

    public required DateTimeOffset At { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required double Uptime { get; init; }

    /// <summary>True if the tables hold what is wanted and every event is on disk.</summary>
    public required bool Settled { get; init; }

    public required GateReport Gate { get; init; }

    public required NodeReport NodeState { get; init; }

    /// <summary>As <c>check --json</c> prints it, holds included; null before the first observation.</summary>
    public required Verdict? Verdict { get; init; }

    public required IReadOnlyList<HoldReport> Holds { get; init; }

    public required IReadOnlyList<RedirectReport> Redirects { get; init; }

    public required LeaseReport Lease { get; init; }

    public required ProbeReport Probe { get; init; }

    /// <summary>The last answer of the server, variable and value.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Null where no data disk is probed.</summary>
    public required DiskReport? Disk { get; init; }

    public required JournalReport Journal { get; init; }

    /// <summary>Null where no archive is configured.</summary>
    public required ArchiveReport? Archive { get; init; }

    /// <summary>Since the daemon started.</summary>
    public required Counters Counters { get; init; }

    public required IReadOnlyDictionary<string, string> Policy { get; init; }

    /// <summary>The last events that matter, oldest first.</summary>
    public required IReadOnlyList<EventReport> Recent { get; init; }

    public static StatusReport Of(Snapshot shown, DaemonFacts facts, Prober prober, Instant now)
    {
        var (state, memory, standing) = (shown.State, shown.Memory, shown.Standing);
        var next = NextStep.Of(state, memory, now);
        var wanted = Redirect.Wanted(state, memory);
        return new StatusReport
        {
            Version = About.Version,
            Node = memory.Node,
            Pid = Environment.ProcessId,
            DryRun = facts.DryRun,
            At = now.Utc,
            Started = standing.Started.Utc,
            Uptime = Ago(standing.Started, now),
            Settled = Redirect.IsReached(state, memory) && memory.Synced >= state.Seq,
            Gate = new GateReport(
                state.Phase.ToString().ToLowerInvariant(),
                state.Phase.LetsTrafficIn(),
                facts.GatePort,
                facts.ServerPort,
                standing.GateSince.Utc,
                Ago(standing.GateSince, now),
                standing.GateEvent?.Seq,
                standing.GateEvent is { } turned ? EventText.Of(turned.Event) : null,
                next.Words,
                next.Observations,
                next.Time?.TotalSeconds,
                state.OpenAfter.TotalSeconds,
                state.Penalty.Now(now, GatePolicy.HalfLife)),
            NodeState = new NodeReport(state.NodeState.ToString(), standing.NodeStateSince.Utc, Ago(standing.NodeStateSince, now)),
            Verdict = state.Verdict,
            Holds = [.. standing.Holds.Select(hold => new HoldReport(hold.Hold.ToString().ToLowerInvariant(), hold.By, hold.Why, hold.At.Utc, Ago(hold.At, now)))],
            Redirects =
            [
                .. memory.Families.Select(family => new RedirectReport(
                    family.ToString().ToLowerInvariant(),
                    wanted?.Opened is not null,
                    memory.InPlace.TryGetValue(family, out var opened) ? opened is not null : null,
                    state.Redirects.Of(family).Rules,
                    state.Failures.Of(family))),
            ],
            Lease = new LeaseReport(memory.Lease?.TotalSeconds, memory.Lease is null ? null : state.Leased is not null, memory.Lease is null ? facts.NoLease : state.LeaseFailure),
            Probe = prober.Report(now),
            Variables = memory.Answer is { } answer ? ObservedVariable.Rows(answer).ToDictionary() : [],
            Disk = facts.DiskProbe is { } disk ? new DiskReport(disk, state.DiskTrouble) : null,
            Journal = new JournalReport(facts.Journal, state.Seq, Math.Min(memory.Synced, state.Seq), memory.JournalTrouble),
            Archive = facts.Shipping is { } shipping ? ArchiveReport.Of(shipping.Stream, shipping.Report, Math.Min(memory.Synced, state.Seq), now) : null,
            Counters = standing.Counters,
            Policy = memory.Policy.Settings.ToDictionary(),
            Recent = [.. standing.Recent.Select(envelope => new EventReport(envelope.Seq, envelope.At.Utc, envelope.Type, EventText.Of(envelope.Event)))],
        };
    }

    /// <summary>By the monotonic clock; where the moment belongs to another boot, by what the wall clock said.</summary>
    private static double Ago(Instant then, Instant now) => (now.Since(then) ?? now.Utc - then.Utc).TotalSeconds;
}

/// <summary>What does not change while the daemon runs.</summary>
internal sealed record DaemonFacts(ushort GatePort, ushort ServerPort, string Journal, bool DryRun, string? NoLease, Shipping? Shipping, IConnections? Connections, OtherGates Others, string? DiskProbe);

/// <param name="Phase">closed, opening, open, closing or held.</param>
/// <param name="Open">True while clients are let in: in the phases open and closing.</param>
/// <param name="Seq">The event that made it so.</param>
/// <param name="Next">What it waits for.</param>
/// <param name="NextObservations">How many more observations that takes at least.</param>
/// <param name="NextSeconds">How much longer it takes at least.</param>
/// <param name="OpenAfter">How long fitness must last before it opens.</param>
/// <param name="Penalty">The flap penalty now.</param>
internal sealed record GateReport(
    string Phase, bool Open, ushort Port, ushort ServerPort, DateTimeOffset Since, double Seconds, long? Seq, string? Because, string Next,
    int? NextObservations, double? NextSeconds, double OpenAfter, double Penalty);

internal sealed record NodeReport(string State, DateTimeOffset Since, double Seconds);

/// <param name="Hold">operator, file or service.</param>
internal sealed record HoldReport(string Hold, string By, string Why, DateTimeOffset Since, double Seconds);

/// <param name="InPlace">What the tables hold; null before the first look.</param>
/// <param name="Rules">The redirect rules that the events say are there.</param>
/// <param name="Failure">Why the last change failed; null where it did not.</param>
internal sealed record RedirectReport(string Family, bool Wanted, bool? InPlace, IReadOnlyList<string> Rules, string? Failure);

/// <param name="Length">Seconds that the redirect works unrefreshed; null where no lease is kept.</param>
/// <param name="Runs">True while it is refreshed; null where none is kept.</param>
/// <param name="Trouble">Why none is kept, or why it cannot be refreshed; null where neither is so.</param>
internal sealed record LeaseReport(double? Length, bool? Runs, string? Trouble);

/// <param name="Server">Where the server is: a socket, or host and port.</param>
/// <param name="Interval">Seconds between two probes.</param>
/// <param name="Ago">Seconds since the last probe ended; null before the first.</param>
/// <param name="Took">Seconds that it took.</param>
/// <param name="Error">Its error; null where it was answered.</param>
internal sealed record ProbeReport(string Server, double Interval, long Probes, long Failed, double? Ago, double? Took, string? Error);

/// <param name="Directory">Where the data disk is probed.</param>
/// <param name="Trouble">Why it does not take writes in time; null while it does.</param>
internal sealed record DiskReport(string Directory, string? Trouble);

/// <param name="Seq">The last event.</param>
/// <param name="OnDisk">The last event that is on disk.</param>
/// <param name="Trouble">Why the disk takes nothing; null while it does.</param>
internal sealed record JournalReport(string Directory, long Seq, long OnDisk, string? Trouble);

/// <param name="Stream">The node's stream in the archive.</param>
/// <param name="Shipped">The last event that the archive has; null before it has answered.</param>
/// <param name="LagEvents">How many events on disk it does not have; null before it has answered.</param>
/// <param name="LagSeconds">How old the oldest of them is; null before that is known.</param>
/// <param name="Trouble">Why nothing is shipped at present; null while it works.</param>
internal sealed record ArchiveReport(string Stream, long? Shipped, long? LagEvents, double? LagSeconds, string? Trouble)
{
    public static ArchiveReport Of(string stream, Infrastructure.Archive.ShipReport report, long onDisk, Instant now) => new(
        stream,
        report.Shipped,
        onDisk - report.Shipped,
        report.Waiting is { } waiting ? Math.Max(0, now.Since(waiting)?.TotalSeconds ?? (now.Utc - waiting.Utc).TotalSeconds) : onDisk <= report.Shipped ? 0 : null,
        report.Trouble);
}

internal sealed record EventReport(long Seq, DateTimeOffset At, string Type, string Words);

/// <summary>What <c>POST /v1/hold</c> takes.</summary>
/// <param name="User">The person behind the account that asks, as sudo names it.</param>
/// <param name="Service">It is the server's own unit that holds or releases, not an operator.</param>
/// <param name="IfOthersOpen">Hold only if at least so many other gates are open.</param>
internal sealed record HoldRequest(string? Reason, string? User, bool Service = false, int IfOthersOpen = 0);

/// <summary>What <c>GET /v1/connections</c> answers.</summary>
/// <param name="Through">How many connections that were made through the gate are there.</param>
/// <param name="Trouble">Why nobody can tell; null where that is so.</param>
internal sealed record ConnectionsReport(int Through, string? Trouble);

/// <summary>What <c>POST /v1/annotate</c> takes.</summary>
/// <param name="About">The seq of the event that the note is about.</param>
internal sealed record AnnotateRequest(long About, string? Text, string? User);

/// <summary>What <c>POST /v1/reload</c> answers.</summary>
/// <param name="Changes">Each setting of the policy that differs, and its value from now on.</param>
/// <param name="NeedRestart">Options that differ and take effect at the next start alone.</param>
internal sealed record ReloadReport(IReadOnlyDictionary<string, string> Changes, IReadOnlyList<string> NeedRestart);

/// <summary>What <c>GET /reach</c> answers: what came of a connection to each port of the host that asks.</summary>
internal sealed record ReachReport(DateTimeOffset At, IReadOnlyDictionary<string, string> Ports);

/// <summary>What every refusal carries: one line for people.</summary>
internal sealed record ErrorReport(string Error);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, Converters = [typeof(VerdictConverter), typeof(UtcConverter)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(HoldRequest))]
[JsonSerializable(typeof(AnnotateRequest))]
[JsonSerializable(typeof(ConnectionsReport))]
[JsonSerializable(typeof(ReloadReport))]
[JsonSerializable(typeof(ReachReport))]
[JsonSerializable(typeof(IReadOnlyList<Firewall.PathReport>))]
[JsonSerializable(typeof(ErrorReport))]
internal sealed partial class ControlJson : JsonSerializerContext;
