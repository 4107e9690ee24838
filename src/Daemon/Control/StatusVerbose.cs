using System.Globalization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Control;

/// <summary>A status with details that are rarely needed: rule text, every reason, counters, policy.</summary>
internal static class StatusVerbose
{
    /// <summary>All details, with the text of rules, the policy and the counters.</summary>
    public static IEnumerable<Line> Of(StatusReport status)
    {
        var gate = status.Gate;
        var because = gate.Because is null ? "" : $": {gate.Because}";
        var seq = gate.Seq is { } number ? $" (#{number})" : "";
        yield return StatusView.Row("gate").Add($"{gate.Phase} since {Time(gate.Since)}{because}{seq}");
        yield return StatusView.Row("next").Add(gate.Next);
        foreach (var line in VerdictLines(status.Verdict))
        {
            yield return line;
        }

        foreach (var line in StatusView.Brief(status))
        {
            yield return line;
        }

        foreach (var redirect in status.Redirects)
        {
            yield return RedirectOf(redirect);
        }

        if (status.Firewall is { } firewall)
        {
            yield return StatusView.Row("firewall").Add($"{firewall.Backend}: {firewall.Why}");
        }

        if (status.Outside is { Ago: { } ago, By: { } by })
        {
            yield return StatusView.Row("outside").Add(
                $"last met {Lasting.Of(ago)} ago: "
                + (by == OutsideReport.Doctor ? "doctor's own knock on this host" : $"a client at {by}"));
        }

        yield return StatusView.Row("probes").Add($"{status.Probe.Probes} made, {status.Probe.Failed} failed");
        yield return Counted(status);
        var settings = status.Policy.Where(setting => setting.Value.Length > 0);
        yield return StatusView.Row("policy").Add(
            string.Join(", ", settings.Select(setting => $"{setting.Key} {setting.Value}")));
    }

    private static Line RedirectOf(RedirectReport redirect)
    {
        var (words, tone) = StatusView.Place(redirect);
        return StatusView.Row("redirect").Add($"{redirect.Family} ")
            .Add(words, tone)
            .Add(
                redirect.Rules is [var rule, ..]
                    ? $": {rule}{(redirect.Rules.Count > 1 ? $" and {redirect.Rules.Count - 1} more" : "")}"
                    : "",
                Tone.Quiet);
    }

    private static Line Counted(StatusReport status)
    {
        var counted = status.Counters;
        return StatusView.Row("since start").Add(
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

    private static IEnumerable<Line> VerdictLines(Verdict? verdict)
    {
        if (verdict is not { } judged)
        {
            yield return StatusView.Row("verdict").Add("none yet");
            yield break;
        }

        var closes = judged.Pace switch
        {
            null => "",
            Pace.Immediate => ", closes at once",
            _ => ", closes debounced",
        };
        yield return StatusView.Row("verdict")
            .Add(judged.IsFit ? "fit" : "unfit", judged.IsFit ? Tone.Good : Tone.Bad)
            .Add($": {judged.Headline}{closes}");
        foreach (var reason in Reason.Of(judged.Reasons))
        {
            yield return StatusView.Row("").Add($"{reason.Name}: {reason.Sentence}");
        }
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
