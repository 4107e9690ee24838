using System.Globalization;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// The live view: whether a daemon answers comes first, then the gate, and what room is left shows the last events. It
/// fits 80 columns and 24 lines.
/// </summary>
internal static class WatchView
{
    /// <summary>Below this many lines the newest events tell more than the rest of a long row.</summary>
    private const int RowLines = 2;

    /// <param name="last">What the daemon last answered; null if it never did.</param>
    /// <param name="trouble">Why it does not answer now; null if it does.</param>
    /// <param name="silent">How long it has not answered.</param>
    /// <param name="height">How many lines there are for all of it.</param>
    public static IReadOnlyList<Line> Of(
        StatusReport? last, string? trouble, TimeSpan silent, Terminal terminal, int height)
    {
        var isCurrent = trouble is null;
        var lines = new List<Line>();
        if (!isCurrent)
        {
            var since = last is null ? "" : $" for {Lasting.Of(silent)}";
            lines.AddRange(terminal.Wrapped(Line.Of($"NO ANSWER{since}: {trouble}", Tone.Bad), 0).Take(RowLines));
        }

        if (last is null)
        {
            return lines;
        }

        lines.AddRange(StatusView.Headline(last, isCurrent).SelectMany(line => Short([.. terminal.Wrapped(line, 0)])));
        lines.Add(Line.Of(""));
        lines.Add(
            Line.Of($"{last.Node}, gate port {last.Gate.Port} to {last.Gate.ServerPort}", Tone.Strong)
                .Add($"{(last.DryRun ? ", dry run" : "")}, as of {Time(last.At)}", Tone.Caution));
        lines.AddRange(
            StatusView.Brief(last, isCurrent)
                .SelectMany(line => Short(terminal.Wrapped(line, StatusView.Indent).ToList())));
        var room = height - lines.Count - 1;
        if (room > 0)
        {
            lines.Add(Line.Of(""));
            lines.AddRange(last.Recent.TakeLast(room).Select(StatusView.Event));
        }

        return [.. lines.Take(height)];
    }

    private static IEnumerable<Line> Short(List<Line> lines) =>
        lines.Count <= RowLines ? lines : lines.Take(RowLines - 1).Append(lines[RowLines - 1].Add(" …"));

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
