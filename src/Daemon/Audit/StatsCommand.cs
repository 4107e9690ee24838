using System.CommandLine;
using System.Text.Json;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>Statistics of a period.</summary>
internal static class StatsCommand
{
    private const int LongestShown = 10;

    public static Command Create()
    {
        var command = new Command(
            "stats",
            "How long each node and the cluster were served, and why not; closes by day and reason, the longest "
            + "closures, flaps, how long a gate took to close and to open, rule changes and their cost");
        var reading = AuditReading.For(command, EventNames.All, AuditScope.Whole);
        var cluster = WholeCluster.For(command, reading);
        command.SetAction(parsed =>
        {
            var (form, (since, until)) = (reading.FormatOf(parsed), reading.Window(parsed));
            bool IsWithin(DateTimeOffset at) => !(at < since) && !(at > until);
            DateOnly DayOf(DateTimeOffset at) =>
                DateOnly.FromDateTime(form.Utc || form.Json ? at.UtcDateTime : at.LocalDateTime);
            var (samples, extent) = reading.Samples(parsed);
            var found = Statistics.Of(samples, DayOf);
            var closures = reading.Closures(parsed);
            var longest = closures
                .Where(closure =>
                    closure.Lasted is not null && !closure.IsFirstStart && IsWithin(closure.From.Utc))
                .OrderByDescending(closure => closure.Lasted).Take(LongestShown).ToList();
            var summary = Summary.Of(closures, extent, since, until);
            var whole = cluster.WhyUnknown(parsed, summary?.Served.Nodes.Count ?? 0);
            if (form.Json)
            {
                var document = StatsDocument.Of(found, longest, summary, whole is null);
                Console.WriteLine(JsonSerializer.Serialize(document, AuditJson.Default.StatsDocument));
                return reading.Ended();
            }

            reading.SayIfNone(summary is not null, parsed);
            foreach (var line in summary is null ? [] : SummaryText.Of(summary, whole, form.Time))
            {
                Terminal.Output.WriteWrapped(line, indent: 4);
            }

            Write(
                "closes by day",
                found.Closes.Select(one => $"{one.Day:yyyy-MM-dd}  {one.Node}  {one.Count, 5}  {one.Reason}"));
            Write(
                "longest closures",
                longest.Select(one =>
                    $"{form.Time(one.From)}  {one.Node}  {Lasting.Of(one.Lasted!.Value)}  {ClosureText.Reason(one)}"));
            Write("flaps (closed within a minute of opening)", found.Flaps.Select(one => $"{one.Key}  {one.Value}"));
            Write("how long it took", new[]
            {
                Words("from the observation to the redirect gone", found.ToClosed),
                Words("from the opening to the redirect in place", found.ToOpen),
                Words("an iptables command", found.Commands),
            }.OfType<string>());
            Write("rules", [$"{found.RuleChanges} redirects added or removed, drift found {found.Drifts} times"]);
            return reading.Ended();
        });
        return command;
    }

    private static void Write(string title, IEnumerable<string> rows)
    {
        var lines = rows.ToList();
        if (lines.Count > 0)
        {
            Terminal.Output.Write(Line.Of(title, Tone.Strong));
            lines.ForEach(line => Terminal.Output.WriteWrapped(Line.Of("  " + line), indent: 4));
        }
    }

    private static string? Words(string what, Latency latency) => latency.Count == 0
        ? null
        : $"{what}: median {Text(latency.Median)}, 95 % {Text(latency.P95)}, 99 % {Text(latency.P99)}, worst "
            + $"{Text(latency.Worst)}, n {latency.Count}";

    private static string Text(TimeSpan time) =>
        Duration.Format(
            TimeSpan.FromMilliseconds(Math.Round(time.TotalMilliseconds, time.TotalMilliseconds < 100 ? 1 : 0)));
}
