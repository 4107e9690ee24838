using System.Globalization;
using System.Text.Json;

namespace GaleraGate.Lab;

/// <summary>The report at the end of a soak, and the rules that decide.</summary>
internal sealed partial class Soak
{
    private bool Judge()
    {
        _clients.ForEach(client => client.Dispose());
        var wellAll = Rule(_notBack.Count == 0, "every fault's end opened all gates again", _notBack);
        foreach (var node in _nodes)
        {
            Say($"== {node.Node.Name}, {node.Backend}");
            wellAll &= JudgeDaemon(node);
            wellAll &= JudgeProcess(node);
            wellAll &= JudgeWatch(node.Watch);
            wellAll &= JudgeRecord(node.Gate);
        }

        Say("== clients");
        foreach (var (during, (tried, failed)) in _queries.OrderByDescending(one => one.Value.Failed))
        {
            Say(string.Create(
                CultureInfo.InvariantCulture,
                $"    {during} (x{_faults.GetValueOrDefault(during)}): {tried} queries, {failed} failed"));
        }

        foreach (var (fault, count) in _faults.Where(one => !_queries.ContainsKey(one.Key)))
        {
            Say($"    {fault} (x{count})");
        }

        Say($"    {_faults.Values.Sum()} faults; {_queries.Values.Sum(one => one.Tried)} queries, "
            + $"{_queries.Values.Sum(one => one.Failed)} failed; "
            + string.Join(", ", _clients.SelectMany(client => client.Answered)
                .GroupBy(one => one.Key, one => one.Value).OrderBy(one => one.Key)
                .Select(one => $"{one.Sum()} by {one.Key}")));
        wellAll &= Rule(_wrong.IsEmpty, "no node answered that was unfit for longer than the rules allow", _wrong);
        wellAll &= Rule(
            _queries.GetValueOrDefault(Quiet).Failed == 0, "no query failed while nothing was wrong with a node",
            [$"{_queries.GetValueOrDefault(Quiet).Failed} failed"]);
        Say(wellAll ? "== all rules held" : "== NOT ALL RULES HELD");
        return wellAll;
    }

    /// <summary>The daemon is still running, ships everything it has, and stops cleanly.</summary>
    private static bool JudgeDaemon(SoakNode node)
    {
        var ended = node.Gate.HasEnded;
        var shipped = ended || Holds(() => Shell.Await(
            () => node.Gate.Status().GetProperty("archive") is { ValueKind: JsonValueKind.Object } archive
                && archive.GetProperty("lagEvents") is { ValueKind: JsonValueKind.Number } lag && lag.GetInt64() == 0,
            TimeSpan.FromSeconds(30), "everything to be shipped"));
        if (!ended)
        {
            node.Gate.Stop();
        }

        var lines = node.Gate.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Say($"    {node.Restarts} restarts; metrics answered {node.Scrapes.Answered} times, not {node.Scrapes.Missed} "
            + $"times; {lines.Length} lines of log");
        var tail = lines[^Math.Min(9, lines.Length)..];
        return Rule(!ended && node.Gate.ExitCode == 0, "the daemon runs and ends in order", tail)
            & Rule(shipped, "everything was shipped", tail);
    }

    private bool JudgeProcess(SoakNode node)
    {
        var own = _samples.Where(one => one.Node == node.Node.Name).ToList();
        var last = own.Where(one => one.Pid == own[^1].Pid).ToList();
        var cpu = last.Count > 1
            ? (last[^1].CpuSeconds - last[0].CpuSeconds) / (last[^1].Seconds - last[0].Seconds)
            : 0;
        Say(string.Create(CultureInfo.InvariantCulture, $"    {own.Count} samples; {cpu:0.0 %} of a processor"));
        // A process of a few minutes proves nothing; the other nodes' daemons run from beginning to end.
        if (node.Node.Name == SoakFaults.Restarted)
        {
            Say($"    private at most {own.Max(one => one.PrivateKib) / 1024.0:0.0} MiB, descriptors "
                + $"{own.Max(one => one.Descriptors)}, threads {own.Max(one => one.Threads)}");
            return true;
        }

        var isOne = Rule(own.TrueForAll(one => one.Pid == own[0].Pid), "one process throughout", []);
        return new Flatness(own).Judge().Aggregate(isOne, (well, one) => well & Rule(one.Holds, one.Figures, []));
    }

    private static bool JudgeWatch(ServerWatch watch)
    {
        watch.Dispose();
        return Rule(
            watch.TooLong.Count == 0,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{watch.Polls} polls, {watch.Unfit} unfit; open while unfit at most "
                + $"{watch.Worst.TotalSeconds:0.00} s ({watch.WorstWhy})"),
            watch.TooLong);
    }

    private bool JudgeRecord(GateDaemon gate)
    {
        var (exitCode, output, error) = Shell.Try(
            GateDaemon.Binary, "audit", "verify", "--journal", gate.Journal, "--cluster", ClusterName, "--against",
            _archive.Connection);
        var events = gate.Events();
        var bytes = new DirectoryInfo(gate.Journal).EnumerateFiles("*.jsonl*").Sum(file => file.Length);
        var odd = events.Where(one => one.IsAnomalous() || one.IsUnrecognized()).ToList();
        Say($"    {events.Count} events, {bytes} bytes, {bytes / Math.Max(1, events.Count)} each: "
            + string.Join(", ", events.GroupBy(one => one.GetProperty("type").GetString())
                .OrderByDescending(one => one.Count()).Select(one => $"{one.Key} {one.Count()}")));
        return Rule(
                exitCode == 0 && output.Contains("each the same", StringComparison.Ordinal),
                "journal and archive are whole and the same", (output + error).Split('\n'))
            & Rule(odd.Count == 0, "no change of state is anomalous, no answer unrecognized",
                odd.Select(one => $"{one}"));
    }

    private static bool Rule(bool holds, string what, IEnumerable<string> otherwise)
    {
        Say($"    {(holds ? "ok" : "NO")}: {what}");
        foreach (var line in holds ? [] : otherwise)
        {
            Say($"        {line}");
        }

        return holds;
    }

    private static bool Holds(Action awaited)
    {
        try
        {
            awaited();
            return true;
        }
        catch (Exception e) when (e is TimeoutException or JsonException or InvalidOperationException)
        {
            Say($"    {e.Message}");
            return false;
        }
    }
}
