using System.Globalization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;

namespace GaleraGate.Daemon.Control;

/// <summary>A status for people; used both for a single print and for the live view.</summary>
internal static class StatusView
{
    /// <summary>The column at which the text of each row begins.</summary>
    public const int Indent = 12;

    /// <summary>Why, and what happens next: the two lines to read first.</summary>
    /// <param name="isCurrent">The daemon answers, so this is the current state and not an old one.</param>
    public static IEnumerable<Line> Headline(StatusReport status, bool isCurrent = true)
    {
        var gate = status.Gate;
        var tone = !isCurrent ? Tone.Caution : gate.Open ? Tone.Good : Tone.Bad;
        yield return Line.Of($"{(isCurrent ? "" : "was ")}{StateOf(gate)}", tone)
            .Add(gate.Phase is "opening" or "closing" ? $" ({gate.Phase})" : "", Tone.Caution)
            .Add($" for {Lasting.Of(gate.Seconds)}: ")
            .Add(gate.Why ?? gate.Because ?? "", isCurrent && !gate.Open ? Tone.Strong : Tone.Plain);
        if (isCurrent)
        {
            yield return Line.Of(gate.WhatNow ?? gate.Next, gate.Open ? Tone.Quiet : Tone.Plain);
        }
    }

    public static string StateOf(GateReport gate) => gate.Open ? "OPEN" : gate.Phase == "held" ? "HELD" : "CLOSED";

    /// <summary>The rows below the headline: the most important facts.</summary>
    public static IEnumerable<Line> Brief(StatusReport status, bool isCurrent = true)
    {
        foreach (var hold in status.Holds)
        {
            yield return Row("hold").Add($"by {hold.By} for {Lasting.Of(hold.Seconds)}: {hold.Why}", Tone.Caution);
        }

        yield return Row("node")
            .Add(status.NodeState.State, isCurrent ? Tone.Strong : Tone.Caution)
            .Add($" for {Lasting.Of(status.NodeState.Seconds)}{Seen(status)}");
        if (Clients(status) is { } clients)
        {
            yield return clients;
        }

        if (NobodyYet(status) is { } nobody)
        {
            yield return nobody;
        }

        if (status.Redirects.Count > 0)
        {
            yield return Redirects(status);
        }

        foreach (var line in Beside(status))
        {
            yield return line;
        }
    }

    private static Line? Clients(StatusReport status) => status.Clients switch
    {
        null => null,
        { Trouble: { } trouble } => Row("clients").Add($"not known: {trouble}", Tone.Caution),
        { Through: 1 } => Row("clients").Add("1 connected through the gate"),
        { Through: var through } => Row("clients").Add($"{through} connected through the gate"),
    };

    private static Line? NobodyYet(StatusReport status) =>
        status.Gate.Open && status.Outside?.Notable(status.Gate.Seconds) is { } words
            ? Row("outside").Add(words, Tone.Caution)
            : null;

    private static Line Redirects(StatusReport status)
    {
        var line = Row("redirect");
        foreach (var redirect in status.Redirects)
        {
            var (words, tone) = Place(redirect);
            _ = line.Add($"{(redirect == status.Redirects[0] ? "" : "; ")}{redirect.Family} ").Add(words, tone);
        }

        return line;
    }

    public static (string Words, Tone Tone) Place(RedirectReport redirect)
    {
        var isRight = redirect.InPlace == redirect.Wanted;
        var place = redirect.InPlace switch
        {
            true => "in place",
            false => "none",
            null => "not checked yet",
        };
        var wanted = isRight ? "" : redirect.Wanted ? ", and one is wanted" : ", and none is wanted";
        var failed = redirect.Failure is { } why ? $": the last change failed, exit {why}" : "";
        return ($"{place}{wanted}{failed}", isRight && failed.Length == 0 ? Tone.Plain : Tone.Bad);
    }

    private static IEnumerable<Line> Beside(StatusReport status)
    {
        if (status.DryRun)
        {
            yield return Row("redirect").Add("dry run: no rule is changed", Tone.Caution);
        }

        var lease = status.Lease;
        yield return Row("lease")
            .Add(
                lease.Length is { } length
                    ? $"{Duration.Format(TimeSpan.FromSeconds(length))}, "
                        + $"{(lease.Runs == true ? "active" : "released: the gate is closed")}"
                    : "none is kept",
                lease.Length is null ? Tone.Caution : Tone.Plain)
            .Add(lease.Trouble is { } broken ? $": {broken}" : "", lease.Length is null ? Tone.Caution : Tone.Bad)
            .Add(
                lease.Length is null && !status.DryRun ? ": if the daemon dies, its redirect stays" : "", Tone.Caution);
        var probe = status.Probe;
        yield return Row("probe")
            .Add(
                $"{probe.Server} every {Duration.Format(TimeSpan.FromSeconds(probe.Interval))}")
            .Add(
                probe.Ago is { } ago && probe.Took is { } took
                    ? $"; the last {Lasting.Of(ago)} ago, took {Duration.Format(TimeSpan.FromSeconds(took))}"
                    : "")
            .Add(probe.Error is { } error ? $": {error}" : "", Tone.Bad);
        if (status.Disk is { } disk)
        {
            yield return Row("disk")
                .Add($"{disk.Directory}: ")
                .Add(disk.Trouble ?? "takes writes", disk.Trouble is null ? Tone.Plain : Tone.Bad);
        }

        var journal = status.Journal;
        yield return Row("journal").Add($"{journal.Directory}: {journal.Seq} events, ")
            .Add(
                journal.Trouble is { } trouble ? $"{journal.Seq - journal.OnDisk} not on disk: {trouble}"
                    : journal.OnDisk < journal.Seq ? $"{journal.Seq - journal.OnDisk} on their way"
                    : "all on disk",
                journal.Trouble is null ? Tone.Plain : Tone.Bad);
        if (status.Archive is { } archive)
        {
            yield return Row("archive").Add($"{archive.Stream}: ")
                .Add(
                    archive.Shipped is { } shipped
                        ? $"{shipped} events shipped, {archive.LagEvents} behind"
                        : "it has not answered yet")
                .Add(archive is { LagEvents: > 0, LagSeconds: { } lag } ? $", the oldest {Lasting.Of(lag)} old" : "")
                .Add(archive.Trouble is { } stuck ? $": {stuck}" : "", Tone.Bad)
                .Add(
                    archive.ReadModelTrouble is { } behind ? $"; its read models are not kept: {behind}" : "",
                    Tone.Caution);
        }
    }

    public static Line Title(StatusReport status) => Line.Of(
        $"galeragate {status.Version} on {status.Node}, gate port {status.Gate.Port} to {status.Gate.ServerPort}, pid "
        + $"{status.Pid}{(status.DryRun ? ", dry run" : "")}",
        Tone.Strong);

    public static Line Event(EventReport @event) =>
        Line.Of($"{@event.At.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}Z ", Tone.Quiet)
            .Add($"#{@event.Seq} {@event.Type}: {@event.Words}");

    /// <summary>The server's last answer, with its age if the server no longer answers.</summary>
    private static string Seen(StatusReport status)
    {
        // An unsigned -1: the counter is not set.
        const string NotSet = "18446744073709551615";
        string Value(string name) =>
            Terminal.Plain(status.Variables.GetValueOrDefault(name, "-")) is var value && value == NotSet
                ? "none"
                : value;
        var age = status.Probe is { Error: not null, Answered: { } ago } ? $" {Lasting.Of(ago)} ago" : "";
        return status.Variables.Count == 0
            ? ""
            : $"; last answer{age}: {Value("wsrep_cluster_status")}, size {Value("wsrep_cluster_size")}, view "
                + $"{Value("wsrep_cluster_conf_id")}, committed {Value("wsrep_last_committed")}, read_only "
                + $"{Value("read_only")}, sst method {Value("wsrep_sst_method")}";
    }

    public static Line Row(string name) => Line.Of(name.PadRight(Indent), Tone.Quiet);
}
