using System.Globalization;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// The live view: first whether a daemon answers, then the gate, then the last events in the remaining space. It fits
/// 80 columns and 24 lines.
/// </summary>
internal static class WatchView
{
    /// <summary>
    /// On a low screen, long rows are cut to this many lines, because the newest events are more useful.
    /// </summary>
    private const int RowLines = 2;

    /// <param name="last">The daemon's last answer; null if it never answered.</param>
    /// <param name="trouble">Why it does not answer now; null if it does.</param>
    /// <param name="silent">How long it has not answered.</param>
    /// <param name="height">The number of lines available.</param>
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
