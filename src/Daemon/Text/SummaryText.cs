using System.Globalization;
using GaleraGate.Domain.Audit;

namespace GaleraGate.Daemon.Text;

/// <summary>A summary of a period in a few sentences, printed at the top of stats and report.</summary>
internal static class SummaryText
{
    /// <param name="whole">Why the number of open nodes is unknown; null if it is known.</param>
    public static IEnumerable<Line> Of(Summary summary, string? whole, Func<DateTimeOffset, string> time)
    {
        var served = summary.Served;
        yield return Line.Of($"{time(served.From)} to {time(served.To)}", Tone.Strong)
            .Add($", {Lasting.Of(served.To - served.From)}, {Count(served.Nodes.Count, "node")}");
        yield return whole is null ? Cluster(served) : Line.Of(whole, Tone.Quiet);
        foreach (var (node, one) in served.Nodes)
        {
            yield return Line.Of($"{node} ", Tone.Strong)
                .Add($"open {Share(one)}, closed for {Lasting.Of(one.Closed)}");
        }

        foreach (var cause in summary.Causes)
        {
            yield return Line.Of(cause.Reason, cause.IsPlanned ? Tone.Caution : Tone.Bad)
                .Add(cause.IsPlanned ? " (planned)" : "")
                .Add($": {Count(cause.Count, "closure")}, {Lasting.Of(cause.Closed)} in all");
        }

        yield return Line.Of(summary.ClientsReset == 0
            ? "no client connections reset"
            : $"{Count(summary.ClientsReset, "client connection")} reset");
    }

    private static Line Cluster(Availability served) =>
        served.Cluster.Known == TimeSpan.Zero
            ? Line.Of("no gate ever opened", Tone.Bad)
            : served.Spells == 0
                ? Line.Of($"at least one node was open all the time, {Lasting.Of(served.Cluster.Known)}", Tone.Good)
                : Line.Of(
                    $"NO NODE OPEN for {Lasting.Of(served.Cluster.Closed)}, in {Count(served.Spells, "spell")}",
                    Tone.Bad)
                    .Add($"; at least one was open {Share(served.Cluster)}");

    /// <summary>A fraction of the time, rounded down, so that 100 % means exactly all of it.</summary>
    private static string Share(Served served) => served.Share is { } share
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(share * 100_000) / 1000:0.###} % of the time")
        : "at no known time";

    private static string Count(long number, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
