using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// The answer of <c>GET /v1/status</c>: a contract, documented in docs/http.md. Fields are only ever added. Times are
/// UTC, durations seconds.
/// </summary>
internal sealed record StatusReport
{
    public required string Version { get; init; }

    public required string Node { get; init; }

    public required int Pid { get; init; }

    public required bool DryRun { get; init; }

    public required DateTimeOffset At { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required double Uptime { get; init; }

    /// <summary>True if the rules are as wanted and every event is on disk.</summary>
    public required bool Settled { get; init; }

    public required GateReport Gate { get; init; }

    public required NodeReport NodeState { get; init; }

    /// <summary>As <c>check --json</c> prints it, including holds; null before the first observation.</summary>
    public required Verdict? Verdict { get; init; }

    public required IReadOnlyList<HoldReport> Holds { get; init; }

    public required IReadOnlyList<RedirectReport> Redirects { get; init; }

    public required LeaseReport Lease { get; init; }

    /// <summary>The firewall backend; null for a dry run.</summary>
    public FirewallReport? Firewall { get; init; }

    public required ProbeReport Probe { get; init; }

    /// <summary>The variables and values of the server's last answer.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Null if no data disk is probed.</summary>
    public required DiskReport? Disk { get; init; }

    public required JournalReport Journal { get; init; }

    /// <summary>Null if no archive is configured.</summary>
    public required ArchiveReport? Archive { get; init; }

    /// <summary>Clients that are connected through the gate; null for a dry run.</summary>
    public ConnectionsReport? Clients { get; init; }

    /// <summary>When a client on another host last reached the server through the gate; missing if unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OutsideReport? Outside { get; init; }

    /// <summary>How long the gate was open and closed since the daemon started.</summary>
    public ServedReport? Served { get; init; }

    /// <summary>Since the daemon started.</summary>
    public required Counters Counters { get; init; }

    public required IReadOnlyDictionary<string, string> Policy { get; init; }

    /// <summary>The last events that matter, oldest first.</summary>
    public required IReadOnlyList<EventReport> Recent { get; init; }
}

/// <param name="Phase">closed, opening, open, closing or held.</param>
/// <param name="Open">True while clients get through: in the phases open and closing.</param>
/// <param name="Seq">The event that caused it.</param>
/// <param name="Next">What it waits for.</param>
/// <param name="NextObservations">The minimum number of further observations.</param>
/// <param name="NextSeconds">The minimum further time.</param>
/// <param name="OpenAfter">How long the node must be fit before the gate opens.</param>
/// <param name="Penalty">The flap penalty now.</param>
internal sealed record GateReport(
    string Phase,
    bool Open,
    ushort Port,
    ushort ServerPort,
    DateTimeOffset Since,
    double Seconds,
    long? Seq,
    string? Because,
    string Next,
    int? NextObservations, double? NextSeconds, double OpenAfter, double Penalty)
{
    /// <summary>Why it is open or closed, for people; null from a daemon of 0.1.0.</summary>
    public string? Why { get; init; }

    /// <summary>What happens next, for people; null from a daemon of 0.1.0.</summary>
    public string? WhatNow { get; init; }

    /// <summary>How often it closed in the last hour, unplanned; null from a daemon of 0.1.0.</summary>
    public int? ClosedLastHour { get; init; }
}

/// <param name="Open">Seconds in which clients got through.</param>
/// <param name="Closed">Seconds in which they were refused, by the reason that closed the gate.</param>
internal sealed record ServedReport(double Open, IReadOnlyList<RefusedReport> Closed);

/// <param name="Reason">What closed the gate; <c>started</c> before the daemon's first opening.</param>
internal sealed record RefusedReport(string Reason, double Seconds);

/// <param name="Watched">For how many seconds the daemon has watched.</param>
internal sealed record OutsideReport(double Watched)
{
    /// <summary>The value of <see cref="By"/> for doctor's own test on this host.</summary>
    public const string Doctor = "doctor";

    private const double EnoughForClients = 60;

    /// <summary>Missing if there was no external client since the daemon started.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? At { get; init; }

    /// <summary>Seconds since then.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Ago { get; init; }

    /// <summary>The client's address.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? By { get; init; }

    /// <summary>No external client except, perhaps, doctor's test.</summary>
    [JsonIgnore]
    public bool IsNobody => By is null or Doctor;

    /// <summary>
    /// What is notable about a gate that has been open for some seconds and let no external client through, in enough
    /// time for some: its rules or a balancer may be the cause. Null if nothing is.
    /// </summary>
    public string? Notable(double open) => IsNobody && Math.Min(open, Watched) >= EnoughForClients
        ? $"no client from another host came through since the daemon started {Lasting.Of(Watched)} ago"
            + (By is null ? "" : ", only doctor's own knock")
        : null;
}

internal sealed record NodeReport(string State, DateTimeOffset Since, double Seconds);

/// <param name="Hold">operator, file or service.</param>
internal sealed record HoldReport(string Hold, string By, string Why, DateTimeOffset Since, double Seconds);

/// <param name="InPlace">The redirect that is in place; null before the first listing.</param>
/// <param name="Rules">The redirect rules that exist according to the events.</param>
/// <param name="Failure">Why the last change failed; null if it did not.</param>
internal sealed record RedirectReport(
    string Family, bool Wanted, bool? InPlace, IReadOnlyList<string> Rules, string? Failure);

/// <param name="Backend">iptables or nftables.</param>
/// <param name="Why">Why that one was chosen.</param>
internal sealed record FirewallReport(string Backend, string Why);

/// <param name="Length">Seconds that the redirect works without a refresh; null if there is no lease.</param>
/// <param name="Runs">True while it is refreshed; null if there is no lease.</param>
/// <param name="Trouble">Why there is no lease, or why it cannot be refreshed; null otherwise.</param>
internal sealed record LeaseReport(double? Length, bool? Runs, string? Trouble);

/// <param name="Server">Where the server is: a socket, or host and port.</param>
/// <param name="Interval">Seconds between two probes.</param>
/// <param name="Ago">Seconds since the last probe ended; null before the first.</param>
/// <param name="Took">How long it took, in seconds.</param>
/// <param name="Error">Its error; null if it was answered.</param>
/// <param name="Answered">Seconds since the server last answered; null before its first answer.</param>
internal sealed record ProbeReport(
    string Server,
    double Interval,
    long Probes,
    long Failed,
    double? Ago,
    double? Took,
    string? Error,
    double? Answered);

/// <param name="Directory">The directory of the probe.</param>
/// <param name="Trouble">Why the disk does not complete writes in time; null while it does.</param>
internal sealed record DiskReport(string Directory, string? Trouble);

/// <param name="Seq">The last event.</param>
/// <param name="OnDisk">The last event that is on disk.</param>
/// <param name="Trouble">Why the journal cannot be written; null while it can.</param>
internal sealed record JournalReport(string Directory, long Seq, long OnDisk, string? Trouble);

/// <param name="Stream">The node's stream in the archive.</param>
/// <param name="Shipped">The last event that the archive has; null before it has answered.</param>
/// <param name="LagEvents">How many events on disk it lacks; null before it has answered.</param>
/// <param name="LagSeconds">The age of the oldest of them; null before that is known.</param>
/// <param name="Trouble">Why nothing is shipped at present; null while shipping works.</param>
internal sealed record ArchiveReport(
    string Stream, long? Shipped, long? LagEvents, double? LagSeconds, string? Trouble)
{
    /// <summary>Why the archive's read models are not updated at present; null while they are.</summary>
    public string? ReadModelTrouble { get; init; }
}

internal sealed record EventReport(long Seq, DateTimeOffset At, string Type, string Words);
