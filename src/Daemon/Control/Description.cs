using System.Globalization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// A status in sentences, as a colleague would say it on the phone: the gate and the reason first, then the node, then
/// the clients, and only then the supporting parts. Healthy parts are brief; others are explained.
/// </summary>
internal static class Description
{
    private static readonly HashSet<string> Turns =
    [
        nameof(GateOpened),
        nameof(GateAdopted),
        nameof(GateClosed),
        nameof(GateClosing),
        nameof(HoldPlaced),
        nameof(HoldLifted),
        nameof(LeaseLapsed),
        nameof(DaemonStarted),
        nameof(DaemonStopped),
        nameof(ServerRestarted),
        nameof(DriftFound),
        nameof(RedirectChangeFailed),
    ];

    private const string Wrong = ", which is not as it should be";

    /// <summary>The paragraphs, in order.</summary>
    public static IEnumerable<Line> Of(StatusReport status)
    {
        yield return Gate(status);
        yield return Node(status);
        yield return Clients(status);
        yield return Records(status);
        yield return Since(status);
    }

    /// <summary>
    /// The last openings and closings of the gate, newest last; if there were none, the last events of any kind.
    /// </summary>
    public static IReadOnlyList<EventReport> Last(StatusReport status)
    {
        const int Few = 8;
        var turns = status.Recent.Where(one => Turns.Contains(one.Type)).ToList();
        return [.. (turns.Count > 0 ? turns : status.Recent).TakeLast(Few)];
    }

    private static Line Gate(StatusReport status)
    {
        var gate = status.Gate;
        var (word, tone) = gate.Open ? ("open", Tone.Good)
            : gate.Phase == "held" ? ("held closed", Tone.Caution)
            : ("closed", Tone.Bad);
        var turning = gate.Phase is "opening" or "closing" ? $" and {gate.Phase}" : "";
        var next = gate.WhatNow ?? gate.Next;
        return Line.Of($"The gate of {status.Node} is ")
            .Add(word + turning, tone)
            .Add($", and has been for {Lasting.Of(gate.Seconds)}, since {Time(gate.Since)}: ")
            .Add(gate.Why ?? gate.Because ?? "nothing opened or closed it yet", gate.Open ? Tone.Plain : Tone.Strong)
            .Add($". {(next.Split(' ')[0] is "opens" or "closes" or "waits" ? $"It {next}" : Capital(next))}.")
            .Add(Held(status));
    }

    private static string Held(StatusReport status) => status.Holds.Count == 0
        ? ""
        : string.Concat(
            status.Holds.Select(hold => $" {hold.By} has held it for {Lasting.Of(hold.Seconds)}: {hold.Why}."));

    private static Line Node(StatusReport status)
    {
        var (node, probe) = (status.NodeState, status.Probe);
        var line = Line.Of($"The node has been {node.State} for {Lasting.Of(node.Seconds)}");
        if (status.Variables.GetValueOrDefault("wsrep_cluster_status") is { } cluster)
        {
            var size = status.Variables.GetValueOrDefault("wsrep_cluster_size", "an unknown number");
            _ = line.Add($", in a {cluster} component of {size}");
        }

        _ = line.Add($". The server at {probe.Server} is asked every {Every(probe.Interval)}");
        _ = probe switch
        {
            { Ago: null } => line.Add(" and has not been yet."),
            { Error: { } error } => line.Add($" and does not answer: {error}", Tone.Bad)
                .Add(probe.Answered is { } ago ? $"; its last answer is {Lasting.Of(ago)} old." : "; it never has."),
            { Took: var took } => line.Add(
                $" and answered {Lasting.Of(probe.Ago.Value)} ago in {Every(took ?? 0)}. {Failed(probe)}"),
        };
        return line;
    }

    private static string Failed(ProbeReport probe) => probe.Failed switch
    {
        0 => $"None of {probe.Probes} probes failed.",
        1 => $"1 of {probe.Probes} probes failed.",
        var failed => $"{failed} of {probe.Probes} probes failed.",
    };

    private static Line Clients(StatusReport status)
    {
        if (status.DryRun)
        {
            return Line.Of("This is a dry run: it changes no rule and does not affect clients.");
        }

        var line = Line.Of(status.Clients switch
        {
            null => "How many clients are connected is not known yet. ",
            { Trouble: { } trouble } => $"How many clients are connected is not known: {trouble}. ",
            { Through: 1 } => "1 client is connected through the gate. ",
            { Through: var through } => $"{through} clients are connected through the gate. ",
        });
        foreach (var alike in status.Redirects.GroupBy(Place))
        {
            var families = string.Join(" and ", alike.Select(redirect => redirect.Family));
            var isWrong = alike.Key.EndsWith(Wrong, StringComparison.Ordinal) || alike.First().Failure is not null;
            _ = line.Add($"The redirect of port {status.Gate.Port} ({families}) is ")
                .Add(alike.Key, isWrong ? Tone.Bad : Tone.Plain)
                .Add(". ");
        }

        return status.Lease switch
        {
            { Length: null } lease => line.Add(
                $"No lease is kept{(lease.Trouble is { } why ? $": {why}" : "")}: if the daemon dies, its redirect "
                + "stays.", Tone.Caution),
            { Trouble: { } trouble } => line.Add($"The lease cannot be refreshed: {trouble}.", Tone.Bad),
            { Length: { } length, Runs: true } => line.Add(
                $"If the daemon dies, the kernel closes the gate within {Every(length)}."),
            _ => line.Add("The lease is released while the gate is closed."),
        };
    }

    private static string Place(RedirectReport redirect)
    {
        var place = redirect.InPlace switch
        {
            true => "in place",
            false => "absent",
            null => "not checked yet",
        };
        var failed = redirect.Failure is { } why ? $"; its last change failed, exit {why}" : "";
        return $"{place}{failed}{(redirect.InPlace == !redirect.Wanted ? Wrong : "")}";
    }

    private static Line Records(StatusReport status)
    {
        var journal = status.Journal;
        var line = Line.Of($"The journal in {journal.Directory} has {journal.Seq} events")
            .Add(
                journal.Trouble is { } trouble ? $", {journal.Seq - journal.OnDisk} of them not on disk: {trouble}"
                    : journal.OnDisk < journal.Seq ? $", {journal.Seq - journal.OnDisk} on their way to the disk"
                    : ", all on disk",
                journal.Trouble is null ? Tone.Plain : Tone.Bad)
            .Add(".");
        _ = status.Archive switch
        {
            null => line,
            { Trouble: { } stuck } archive => line.Add(
                $" Nothing reaches the archive: {stuck}; {archive.LagEvents?.ToString(CultureInfo.InvariantCulture)
                    ?? "an unknown number of"} events wait.", Tone.Bad),
            { LagEvents: 0 } => line.Add(" The archive has them all."),
            { LagEvents: { } lag } => line.Add($" The archive is {lag} behind."),
            _ => line.Add(" The archive has not answered yet."),
        };
        return status.Disk switch
        {
            null => line,
            { Trouble: { } full } => line.Add(
                $" The data disk at {status.Disk.Directory} has a problem: {full}.", Tone.Bad),
            { Directory: var directory } => line.Add($" The data disk at {directory} takes writes."),
        };
    }

    private static Line Since(StatusReport status)
    {
        var (counted, gate) = (status.Counters, status.Gate);
        return Line.Of(
                $"The daemon, version {status.Version}, has run for {Lasting.Of(status.Uptime)}: the gate opened "
                + $"{Times(counted.GateOpened)} and closed {Times(counted.GateClosed)}"
                + (gate.ClosedLastHour is > 0 and { } often ? $", {Times(often)} unplanned in the last hour" : "")
                + ".")
            .Add(Count(counted.DriftFound, " Something else changed its rules"), Tone.Caution)
            .Add(Count(counted.ChangesFailed, " A change of the rules failed"), Tone.Caution)
            .Add(Count(counted.LeasesLapsed, " Its lease ended"), Tone.Caution)
            .Add(Count(counted.Stalls, " It stalled"), Tone.Caution);
    }

    private static string Count(long count, string sentence) =>
        count == 0 ? "" : $"{sentence} {Times(count)}.";

    private static string Times(long count) => count switch
    {
        0 => "never",
        1 => "once",
        2 => "twice",
        _ => $"{count} times",
    };

    private static string Every(double seconds) => Duration.Format(TimeSpan.FromSeconds(seconds));

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
