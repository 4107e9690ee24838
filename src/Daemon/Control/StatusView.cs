using System.Globalization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Control;

/// <summary>A status as a person reads it, the same once and live.</summary>
internal static class StatusView
{
    /// <summary>Where the text of each row begins.</summary>
    public const int Indent = 12;

    public static IEnumerable<Line> Of(StatusReport status) =>
        [
            .. Judged(status, isCurrent: true),
            .. status.Redirects.Select(RedirectOf),
            .. status.Firewall is { } firewall
                ? [Row("firewall").Add($"{firewall.Backend}: {firewall.Why}")]
                : Array.Empty<Line>(),
            .. Beside(status),
            Row("policy").Add(
                string.Join(
                    ", ",
                    status
                        .Policy.Where(setting => setting.Value.Length > 0)
                        .Select(setting => $"{setting.Key} {setting.Value}"))),
        ];

    /// <summary>For a live view in few lines: without the text of rules and what does not change.</summary>
    /// <param name="isCurrent">The daemon answers: what is shown is so, and was not only so once.</param>
    public static IEnumerable<Line> Brief(StatusReport status, bool isCurrent) =>
        [
            .. Judged(status, isCurrent),
            .. status.Redirects.Count > 0 ? [Redirects(status)] : Array.Empty<Line>(),
            .. Beside(status),
        ];

    private static IEnumerable<Line> Judged(StatusReport status, bool isCurrent)
    {
        var gate = status.Gate;
        var closed = gate.Phase == "held" ? "HELD" : "CLOSED";
        var because = gate.Because is null ? "" : $": {gate.Because}";
        var seq = gate.Seq is { } number ? $" (#{number})" : "";
        var tone = !isCurrent ? Tone.Caution : gate.Open ? Tone.Good : Tone.Bad;
        yield return Row("gate")
            .Add($"{(isCurrent ? "" : "was ")}{(gate.Open ? "OPEN" : closed)}", tone)
            .Add(gate.Phase is "opening" or "closing" ? $" ({gate.Phase})" : "", Tone.Caution)
            .Add($" for {Lasting.Of(gate.Seconds)}, since {Time(gate.Since)}{because}{seq}");
        if (isCurrent)
        {
            yield return Row("next").Add(gate.Next, gate.Phase is "open" or "closed" ? Tone.Plain : Tone.Caution);
        }

        foreach (var hold in status.Holds)
        {
            yield return Row("hold").Add($"by {hold.By} for {Lasting.Of(hold.Seconds)}: {hold.Why}", Tone.Caution);
        }

        yield return Row("node")
            .Add(status.NodeState.State, isCurrent ? Tone.Strong : Tone.Caution)
            .Add($" for {Lasting.Of(status.NodeState.Seconds)}{Seen(status)}");
        foreach (var line in VerdictLines(status.Verdict, isCurrent))
        {
            yield return line;
        }
    }

    private static Line RedirectOf(RedirectReport redirect)
    {
        var (words, tone) = Place(redirect);
        return Row("redirect").Add($"{redirect.Family} ")
            .Add(words, tone)
            .Add(
                redirect.Rules is [var rule, ..]
                    ? $": {rule}{(redirect.Rules.Count > 1 ? $" and {redirect.Rules.Count - 1} more" : "")}"
                    : "",
                Tone.Quiet);
    }

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

    private static (string Words, Tone Tone) Place(RedirectReport redirect)
    {
        var isRight = redirect.InPlace == redirect.Wanted;
        var place = redirect.InPlace switch
        {
            true => "in place",
            false => "none",
            null => "not looked at yet",
        };
        var wanted = isRight ? "" : redirect.Wanted ? ", and one is wanted" : ", and none is wanted";
        var failed = redirect.Failure is { } why ? $": the last change failed, exit {why}" : "";
        return ($"{place}{wanted}{failed}", isRight && failed.Length == 0 ? Tone.Plain : Tone.Bad);
    }

    private static IEnumerable<Line> Beside(StatusReport status)
    {
        if (status.DryRun)
        {
            yield return Row("redirect").Add("dry run: no rule is touched", Tone.Caution);
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
                $"{probe.Server} every {Duration.Format(TimeSpan.FromSeconds(probe.Interval))}; {probe.Probes} made, "
                + $"{probe.Failed} failed")
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
                .Add(archive.Trouble is { } stuck ? $": {stuck}" : "", Tone.Bad);
        }

        var counted = status.Counters;
        yield return Row("since start").Add(
            $"{Lasting.Of(status.Uptime)}: opened {counted.GateOpened}, closed {counted.GateClosed}; redirects added "
            + $"{counted.RedirectsAdded}, removed {counted.RedirectsRemoved}")
            .Add($"; failed changes {counted.ChangesFailed}", counted.ChangesFailed > 0 ? Tone.Caution : Tone.Plain)
            .Add($"; drift {counted.DriftFound}", counted.DriftFound > 0 ? Tone.Caution : Tone.Plain)
            .Add(counted.LeasesLapsed > 0 ? $"; leases lapsed {counted.LeasesLapsed}" : "", Tone.Caution)
            .Add(
                counted.Stalls switch
                {
                    0 => "",
                    1 => "; stalled once",
                    var times => $"; stalled {times} times",
                },
                Tone.Caution);
    }

    public static Line Title(StatusReport status) => Line.Of(
        $"galeragate {status.Version} on {status.Node}, gate port {status.Gate.Port} to {status.Gate.ServerPort}, pid "
        + $"{status.Pid}{(status.DryRun ? ", dry run" : "")}",
        Tone.Strong);

    public static Line Event(EventReport @event) =>
        Line.Of($"{@event.At.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}Z ", Tone.Quiet)
            .Add($"#{@event.Seq} {@event.Type}: {@event.Words}");

    private static IEnumerable<Line> VerdictLines(Verdict? verdict, bool isCurrent)
    {
        if (verdict is not { } judged)
        {
            yield return Row("verdict").Add("none yet");
            yield break;
        }

        var closes = judged.Pace switch
        {
            null => "",
            Pace.Immediate => ", closes at once",
            _ => ", closes debounced",
        };
        yield return Row("verdict")
            .Add(
                $"{(isCurrent ? "" : "was ")}{(judged.IsFit ? "fit" : "unfit")}",
                !isCurrent ? Tone.Caution : judged.IsFit ? Tone.Good : Tone.Bad)
            .Add($": {judged.Headline}{closes}");
        foreach (var reason in Reason.Of(judged.Reasons))
        {
            yield return Row("").Add($"{reason.Name}: {reason.Sentence}");
        }
    }

    /// <summary>What the server last answered, and how old that is when it answers no more.</summary>
    private static string Seen(StatusReport status)
    {
        // An unsigned -1: a counter that is not set.
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

    private static Line Row(string name) => Line.Of(name.PadRight(Indent), Tone.Quiet);

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
