using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Pages;

/// <summary>
/// One self-contained HTML file for the post-mortem: it loads nothing, and its tables work without its script. Text
/// from a server or a person is always shown as text, never as markup.
/// </summary>
internal static class IncidentReport
{
    /// <summary>A page with more events is not useful; choose a shorter period.</summary>
    public const int MaxEvents = 50_000;

    /// <param name="events">Everything up to the end, including events before the requested period.</param>
    /// <param name="since">The beginning of the page.</param>
    /// <param name="written">Notes about it, including later ones.</param>
    /// <param name="whole">Why the number of open nodes is unknown; null if it is known.</param>
    /// <exception cref="FormatException">There is nothing, or too much.</exception>
    public static string Html(
        IReadOnlyList<Envelope> events,
        DateTimeOffset? since,
        Notes written,
        string? whole,
        string searched,
        string version)
    {
        var shown = events.Where(envelope => !(envelope.At.Utc < since)).ToList();
        if (shown.Count is 0 or > MaxEvents)
        {
            throw new FormatException(
                shown.Count == 0
                    ? $"nothing is recorded in {searched}"
                    : $"these are {shown.Count} events, and a page holds {MaxEvents}: give a shorter time with "
                        + "--since and --until");
        }

        var (from, to) = (
            since > shown[0].At.Utc ? since.Value : shown.Min(envelope => envelope.At.Utc),
            // A note written a day later does not extend the axis, because it is about an earlier event.
            shown.Where(IsOfIncident).DefaultIfEmpty(shown[^1]).Max(envelope => envelope.At.Utc));
        var data = LaneData.Of(events, from, to, written);
        var page = new StringBuilder();
        _ = page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy"
              content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
            <title>Incident {Text(Human(from))}</title><link rel="icon" href="data:,"><style>{PageFile.Css}</style>
            </head><body>
            <h1>Incident {Text(Human(from))} to {Text(Human(to))}</h1>
            <p class="quiet">{data.Nodes.Count} nodes, {shown.Count} events; all times are UTC.
            From {Text(searched)}, by galeragate {Text(version)}.</p>
            {SummaryOf(events, since, to, whole)}
            <h2>Nodes, gates and rules</h2>
            {PageFile.Legend}
            <p class="quiet">Wheel or pinch zooms, dragging moves, a click says what led there.
            <button id="whole" type="button">whole time</button></p>
            <svg id="lanes" role="group"
              aria-label="Swimlanes of node state, gate and rule of each node over time"></svg>
            <div id="tip" hidden></div>
            <div id="chain"><p>Click a stretch, a mark or a row: what led there stands here.</p></div>
            """);
        Closures(page, events, from, to, written, whole is null);
        Rows(page, shown, written);
        PolicyTable.Append(page, events);
        var json = JsonSerializer.Serialize(data, LaneJson.Default.LaneData);
        _ = page.Append("<script type=\"application/json\" id=\"data\">").Append(json)
            .Append("</script><script>").Append(PageFile.Script).Append("</script></body></html>\n");
        return page.ToString();
    }

    private static bool IsOfIncident(Envelope envelope) => envelope.Event is not Annotated;

    private static string SummaryOf(
        IReadOnlyList<Envelope> events, DateTimeOffset? since, DateTimeOffset to, string? whole) =>
        SummaryOf(events, since, to) is not { } summary
            ? ""
            : $"<ul class=\"summary\">{string.Concat(SummaryText.Of(summary, whole, Human).Select(Item))}</ul>";

    private static Summary? SummaryOf(IReadOnlyList<Envelope> events, DateTimeOffset? since, DateTimeOffset to)
    {
        var extent = new Extent(since);
        var closures = Failovers.Closures(extent.Watch(events));
        return Summary.Of(closures, extent, since, to);
    }

    private static string Item(Line line)
    {
        var pieces = line.Pieces.Select(piece =>
            $"<span class=\"{LaneData.Name(piece.Tone)}\">{Text(piece.Text)}</span>");
        return $"<li>{string.Concat(pieces)}</li>";
    }

    private static void Closures(
        StringBuilder page,
        IReadOnlyList<Envelope> events,
        DateTimeOffset from,
        DateTimeOffset to,
        Notes notes,
        bool isWhole)
    {
        bool IsWithin(DateTimeOffset begin, DateTimeOffset? end) => !(end < from) && begin <= to;
        _ = page.Append("<h2>Failovers</h2>");
        var all = Failovers.Closures(events);
        var shortages = isWhole ? Shortages.Of(GateTurns.Of(all), 1) : [];
        foreach (var shortage in shortages.Where(one => IsWithin(one.From, one.To)))
        {
            _ = page.Append(
                CultureInfo.InvariantCulture,
                $"<p><strong class=\"bad\">No node open</strong> {Human(shortage.From)} to "
                + $"{(shortage.To is { } end ? $"{Human(end)}, {Age(end - shortage.From)}" : "the end")}</p>");
        }

        ClosureTable.Append(page, [.. all.Where(one => IsWithin(one.From.Utc, one.To?.Utc))], Links.Of(all), notes);
    }

    private static void Rows(StringBuilder page, IReadOnlyList<Envelope> shown, Notes notes)
    {
        const int FewRows = 60;
        var rows = shown.Where(envelope => Timeline.Matters(envelope.Event)).ToList();
        _ = page.Append(
            $"<details class=\"rows\"{(rows.Count <= FewRows ? " open" : "")}><summary><h2>Timeline</h2></summary><div "
            + "class=\"scroll\"><table><tr><th>time</th><th>node</th><th>what</th><th>event</th></tr>");
        foreach (var envelope in rows)
        {
            _ = page.Append(
                CultureInfo.InvariantCulture,
                $"""
                <tr class="{(IsOfRule(envelope.Event) ? "rule" : "")}"
                data-event="{Text(envelope.Node)}/{envelope.Seq}">
                <td class="t">{Human(envelope.At.Utc)}</td>
                <td>{Text(envelope.Node)}</td>
                <td class="{LaneData.Name(EventText.ToneOf(envelope.Event))}">{Words(envelope)}
                {Notes(notes, envelope.Node, envelope.Seq)}</td>
                <td class="quiet">{EventText.NumberOf(envelope)}</td></tr>
                """);
        }

        _ = page.Append("</table></div></details>");
    }

    /// <summary>Follows from a row above it; left out on paper.</summary>
    private static bool IsOfRule(AuditEvent @event) =>
        @event is RedirectAdded or RedirectRemoved or NodeStateChanged or VerdictChanged;

    public static string Notes(Notes notes, string node, long seq) =>
        string.Concat(
            notes.About(node, seq).Select(note => $"<div class=\"note\">{Text(note.By)}: {Text(note.Text)}</div>"));

    private static string Words(Envelope envelope) =>
        Text($"{EventText.SubjectOf(envelope.Event)} {EventText.Brief(envelope)}")
        + Doubt(EventText.Doubt(envelope));

    public static string Doubt(string text) =>
        text.Length == 0 ? "" : $" <strong class=\"bad\">{Text(text.TrimStart())}</strong>";

    public static string Text(string text) => WebUtility.HtmlEncode(Terminal.Plain(text));

    public static string Age(TimeSpan time) => Lasting.Of(time.TotalSeconds);

    public static string Human(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
