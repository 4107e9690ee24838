using System.Globalization;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// The live view: whether anybody answers comes first, then the gate, and what room is left shows the last events. It
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
        var lines = new List<Line>();
        if (last is not null)
        {
            lines.Add(StatusView.Title(last));
        }

        lines.AddRange(terminal.Wrapped(Answers(last, trouble, silent), StatusView.Indent).Take(RowLines + 1));
        if (last is null)
        {
            return lines;
        }

        lines.AddRange(
            StatusView.Brief(last, isCurrent: trouble is null)
                .SelectMany(line => Short(terminal.Wrapped(line, StatusView.Indent).ToList())));
        var room = height - lines.Count - 1;
        if (room > 0)
        {
            lines.Add(Line.Of(""));
            lines.AddRange(last.Recent.TakeLast(room).Select(StatusView.Event));
        }

        return [.. lines.Take(height)];
    }

    private static Line Answers(StatusReport? last, string? trouble, TimeSpan silent)
    {
        var row = Line.Of("daemon".PadRight(StatusView.Indent), Tone.Quiet);
        return (last, trouble) switch
        {
            (null, _) => row.Add($"NO ANSWER: {trouble}", Tone.Bad),
            (_, null) => row.Add("answers", Tone.Good).Add($", as of {Time(last.At)}"),
            _ => row.Add($"NO ANSWER for {Lasting.Of(silent)}", Tone.Bad)
                .Add($"; what follows is of {Time(last.At)}: {trouble}"),
        };
    }

    private static IEnumerable<Line> Short(List<Line> lines) =>
        lines.Count <= RowLines ? lines : lines.Take(RowLines - 1).Append(lines[RowLines - 1].Add(" …"));

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
