using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using GaleraGate.Daemon.Commands;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Report;

/// <summary>An event as the page shows it.</summary>
/// <param name="Mark">It is marked on the gate's lane.</param>
internal sealed record ReportEvent(string Node, long Seq, string At, string Type, string Words, string Tone, long? Cause, bool Mark);

/// <summary>A stretch of a lane.</summary>
internal sealed record ReportSpan(string Node, string Lane, long Seq, string From, string? To, string Value, string Tone);

internal sealed record ReportNote(string Node, long About, string By, string Text);

internal sealed record ReportData(string From, string To, IReadOnlyList<string> Nodes, IReadOnlyList<ReportSpan> Spans, IReadOnlyList<ReportEvent> Events, IReadOnlyList<ReportNote> Notes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReportData))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>
/// One HTML file for the post-mortem: everything is in it, nothing is loaded, and its tables are there without its script. What came from a server or a
/// person is text, never markup.
/// </summary>
internal static class IncidentReport
{
    /// <summary>More than this in one page helps nobody; a shorter time does.</summary>
    public const int MaxEvents = 50_000;

    /// <param name="events">Everything up to the end, with what went before the time asked about.</param>
    /// <param name="since">Where the page begins.</param>
    /// <param name="written">What people wrote of it, also later.</param>
    /// <exception cref="FormatException">There is nothing, or too much.</exception>
    public static string Html(IReadOnlyList<Envelope> events, DateTimeOffset? since, AuditNotes written, string searched, string version)
    {
        var shown = events.Where(envelope => !(envelope.At.Utc < since)).ToList();
        if (shown.Count is 0 or > MaxEvents)
        {
            throw new FormatException(shown.Count == 0 ? $"nothing is recorded in {searched}" : $"these are {shown.Count} events, and a page holds {MaxEvents}: give a shorter time with --since and --until");
        }

        var (from, to) = (since > shown[0].At.Utc ? since.Value : shown.Min(envelope => envelope.At.Utc), shown.Max(envelope => envelope.At.Utc));
        var nodes = events.Select(envelope => envelope.Node).Distinct().Order(StringComparer.Ordinal).ToList();
        var spans = Swimlane.Of(events).Where(span => !(span.To < from)).ToList();
        var kept = Kept(events, shown, spans);
        var data = new ReportData(
            Utc(from), Utc(to), nodes,
            [.. spans.Select(span => new ReportSpan(
                span.Node, span.Lane.ToString(), span.Seq, Utc(span.From < from ? from : span.From), span.To is { } end ? Utc(end) : null, span.Value, ToneOf(span)))],
            [.. kept.Select(envelope => new ReportEvent(
                envelope.Node, envelope.Seq, Utc(envelope.At.Utc), envelope.Type, EventText.Of(envelope.Event), Name(EventText.ToneOf(envelope.Event)), envelope.Cause,
                Timeline.IsGate(envelope.Event) && envelope.At.Utc >= from))],
            [.. kept.SelectMany(envelope => written.About(envelope.Node, envelope.Seq).Select(note => new ReportNote(envelope.Node, note.About, note.By, note.Text)))]);
        var page = new StringBuilder();
        _ = page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
            <title>Incident {Text(Human(from))}</title><link rel="icon" href="data:,"><style>{Resource("report.css")}</style></head><body>
            <h1>Incident {Text(Human(from))} to {Text(Human(to))}</h1>
            <p class="quiet">{nodes.Count} nodes, {shown.Count} events; all times are UTC. From {Text(searched)}, by galeragate {Text(version)}.</p>
            <h2>Nodes, gates and rules</h2>
            <p class="legend"><span><i class="good"></i>synced, open, redirected</span><span><i class="caution"></i>on the way, or one family alone</span><span><i class="bad"></i>unfit state, closed</span><span><i class="plain"></i>none, not known</span></p>
            <p class="quiet">Wheel or pinch zooms, dragging moves, a click says what led there. <button id="whole" type="button">whole time</button></p>
            <svg id="lanes" role="img" aria-label="Swimlanes of node state, gate and rule of each node over time"></svg><div id="tip" hidden></div><div id="chain"><p>Click a stretch, a mark or a row: what led there stands here.</p></div>
            """);
        Closures(page, events, from, to, written);
        Rows(page, shown, written);
        Policies(page, events);
        _ = page.Append(CultureInfo.InvariantCulture, $"<script type=\"application/json\" id=\"data\">{JsonSerializer.Serialize(data, ReportJson.Default.ReportData)}</script><script>{Resource("report.js")}</script></body></html>\n");
        return page.ToString();
    }

    private static void Closures(StringBuilder page, IReadOnlyList<Envelope> events, DateTimeOffset from, DateTimeOffset to, AuditNotes notes)
    {
        bool IsWithin(DateTimeOffset begin, DateTimeOffset? end) => !(end < from) && begin <= to;
        _ = page.Append("<h2>Failovers</h2>");
        foreach (var shortage in Failovers.Shortages(events, 1).Where(one => IsWithin(one.From, one.To)))
        {
            _ = page.Append(CultureInfo.InvariantCulture, $"<p><strong class=\"bad\">No node open</strong> {Human(shortage.From)} to {(shortage.To is { } end ? $"{Human(end)}, {Age(end - shortage.From)}" : "the end")}</p>");
        }

        _ = page.Append("<div class=\"scroll\"><table><tr><th>node</th><th>closed from</th><th>to</th><th>for</th><th>reason</th><th>waited at the end for</th><th>notes</th></tr>");
        foreach (var closure in Failovers.Closures(events).Where(one => IsWithin(one.From.Utc, one.To?.Utc)).OrderBy(one => one.From.Utc))
        {
            _ = page.Append(
                CultureInfo.InvariantCulture,
                $"<tr data-event=\"{Text(closure.Node)}/{closure.Seq}\"><td>{Text(closure.Node)}</td><td class=\"t\">{Human(closure.From.Utc)}</td><td class=\"t\">{(closure.To is { } end ? Human(end.Utc) : "")}</td><td class=\"t\">{(closure.Lasted is { } lasted ? Age(lasted) : "closed still")}</td><td class=\"bad\">{Text(closure.Reason)}</td><td>{Text(closure.WaitedFor)}</td><td>{Notes(notes, closure.Node, closure.Seq)}</td></tr>");
        }

        _ = page.Append("</table></div>");
    }

    private static void Rows(StringBuilder page, IReadOnlyList<Envelope> shown, AuditNotes notes)
    {
        _ = page.Append("<h2>Timeline</h2><div class=\"scroll\"><table><tr><th>time</th><th>node</th><th>what</th><th>event</th></tr>");
        foreach (var envelope in shown.Where(envelope => Timeline.Matters(envelope.Event)))
        {
            _ = page.Append(
                CultureInfo.InvariantCulture,
                $"<tr data-event=\"{Text(envelope.Node)}/{envelope.Seq}\"><td class=\"t\">{Human(envelope.At.Utc)}</td><td>{Text(envelope.Node)}</td><td class=\"{Name(EventText.ToneOf(envelope.Event))}\">{Text(EventText.SubjectOf(envelope.Event))} {Text(EventText.Brief(envelope.Event))}{Notes(notes, envelope.Node, envelope.Seq)}</td><td class=\"quiet\">#{envelope.Seq}</td></tr>");
        }

        _ = page.Append("</table></div>");
    }

    private static void Policies(StringBuilder page, IReadOnlyList<Envelope> events)
    {
        _ = page.Append("<h2>Policy in force at the end</h2><div class=\"scroll\"><table><tr><th>node</th><th>policy</th></tr>");
        foreach (var node in events.GroupBy(envelope => envelope.Node, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            IReadOnlyDictionary<string, string> policy = new Dictionary<string, string>();
            foreach (var envelope in node)
            {
                policy = PolicyInForce.After(policy, envelope.Event);
            }

            var settings = string.Join(", ", policy.Where(setting => setting.Value.Length > 0).Select(setting => $"{setting.Key} {setting.Value}"));
            _ = page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(node.Key)}</td><td>{(settings.Length > 0 ? Text(settings) : "not in what was read")}</td></tr>");
        }

        _ = page.Append("</table></div>");
    }

    /// <summary>What the page can be asked about: what is shown, what began a stretch or a closure of it, and what led to either.</summary>
    private static List<Envelope> Kept(IReadOnlyList<Envelope> events, List<Envelope> shown, List<Span> spans)
    {
        var bySeq = events.ToDictionary(envelope => (envelope.Node, envelope.Seq));
        var kept = new HashSet<(string Node, long Seq)>();
        var wanted = shown.Select(envelope => (envelope.Node, envelope.Seq))
            .Concat(spans.Select(span => (span.Node, span.Seq)))
            .Concat(Failovers.Closures(events).Select(closure => (closure.Node, closure.Seq)));
        foreach (var one in wanted)
        {
            for ((string Node, long Seq)? link = one; link is { } next && bySeq.TryGetValue(next, out var envelope) && kept.Add(next); link = envelope.Cause is { } cause ? (envelope.Node, cause) : null)
            {
                // Each link is kept by the condition.
            }
        }

        return [.. events.Where(envelope => kept.Contains((envelope.Node, envelope.Seq)))];
    }

    private static string Notes(AuditNotes notes, string node, long seq) =>
        string.Concat(notes.About(node, seq).Select(note => $"<div class=\"note\">{Text(note.By)}: {Text(note.Text)}</div>"));

    private static string ToneOf(Span span) => span.Lane switch
    {
        Lane.Node => span.Value is nameof(NodeState.Synced) ? "good" : span.Value is nameof(NodeState.Unknown) ? "plain" : span.Value is nameof(NodeState.Donor) or nameof(NodeState.Joined) or nameof(NodeState.Joining) ? "caution" : "bad",
        Lane.Gate => span.Value is nameof(GatePhase.Open) ? "good" : span.Value is nameof(GatePhase.Closing) or nameof(GatePhase.Opening) ? "caution" : "bad",
        Lane.Rule => span.Value == "none" ? "plain" : span.Value.Contains(" and ", StringComparison.Ordinal) ? "good" : "caution",
    };

    private static string Name(Tone tone) => tone switch
    {
        Tone.Good => "good",
        Tone.Bad => "bad",
        Tone.Caution => "caution",
        Tone.Plain or Tone.Quiet or Tone.Strong => "plain",
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Age(TimeSpan time) => StatusView.Age(time.TotalSeconds);

    private static string Human(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Utc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
