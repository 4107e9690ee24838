using System.Globalization;
using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Pages;

/// <summary>An event on the page.</summary>
/// <param name="Mark">It has a mark on the gate's lane.</param>
internal sealed record LaneEvent(
    string Node, long Seq, string At, string Type, string Words, string Tone, long? Cause, bool Mark);

/// <summary>A period on a lane.</summary>
/// <param name="Label">The text in its bar, if not its value.</param>
internal sealed record LaneSpan(
    string Node, string Lane, long Seq, string From, string? To, string Value, string Tone, string? Label = null);

internal sealed record LaneNote(string Node, long About, string By, string Text);

/// <summary>
/// The data that both pages draw: the periods of each node's lanes, and the events that a click shows.
/// </summary>
/// <param name="Trouble">Why something is missing; null if nothing is.</param>
internal sealed record LaneData(
    string From,
    string To,
    IReadOnlyList<string> Nodes,
    IReadOnlyList<LaneSpan> Spans,
    IReadOnlyList<LaneEvent> Events,
    IReadOnlyList<LaneNote> Notes,
    string? Trouble)
{
    /// <param name="events">Everything up to the end, including earlier events.</param>
    /// <param name="written">Notes about it, including later ones.</param>
    public static LaneData Of(
        IReadOnlyList<Envelope> events, DateTimeOffset from, DateTimeOffset to, Notes written, string? trouble = null)
    {
        var spans = Swimlane.Of(events).Where(span => !(span.To < from)).ToList();
        var kept = Kept(events, from, spans);
        var labels = events
            .Select(envelope => (envelope, Label: LaneCauses.LabelOf(envelope.Event)))
            .Where(one => one.Label is not null)
            .ToLookup(one => (one.envelope.Node, one.envelope.Seq), one => one.Label);
        return new LaneData(
            Utc(from), Utc(to), [.. events.Select(envelope => envelope.Node).Distinct().Order(StringComparer.Ordinal)],
            [.. spans.Select(span => new LaneSpan(
                span.Node,
                span.Lane.ToString(),
                span.Seq,
                Utc(span.From < from ? from : span.From),
                span.To is { } end ? Utc(end) : null,
                span.Value,
                ToneOf(span),
                span.Lane == Lane.Gate ? labels[(span.Node, span.Seq)].FirstOrDefault() : null)),
                .. LaneCauses.Of(events).Where(cause => !(cause.To < from)).Select(cause => new LaneSpan(
                    cause.Node,
                    LaneCauses.Lane,
                    cause.Seq,
                    Utc(cause.From < from ? from : cause.From),
                    cause.To is { } over ? Utc(over) : null,
                    cause.Words,
                    cause.IsHold ? "caution" : "bad")),
        ],
            [.. kept.Select(envelope => new LaneEvent(
                envelope.Node, envelope.Seq, Utc(envelope.At.Utc), envelope.Type,
                EventText.Of(envelope) + EventText.Doubt(envelope),
                envelope.Doubt is null ? Name(EventText.ToneOf(envelope.Event)) : "bad", envelope.Cause,
                Timeline.IsGate(envelope.Event) && envelope.At.Utc >= from))],
            [
                .. kept.SelectMany(envelope =>
                    written
                        .About(envelope.Node, envelope.Seq)
                        .Select(note => new LaneNote(envelope.Node, note.About, note.By, note.Text))),
            ],
            trouble);
    }

    /// <summary>The name in the style sheet.</summary>
    public static string Name(Tone tone) => tone switch
    {
        Tone.Good => "good",
        Tone.Bad => "bad",
        Tone.Caution => "caution",
        Tone.Plain or Tone.Quiet or Tone.Strong => "plain",
    };

    /// <summary>
    /// The events that a click on the page can show: the visible ones, those that began a period or a closure, and
    /// their causes.
    /// </summary>
    private static List<Envelope> Kept(IReadOnlyList<Envelope> events, DateTimeOffset from, List<Span> spans)
    {
        // A modified journal may have a number twice; the first is shown.
        var bySeq = new Dictionary<(string Node, long Seq), Envelope>();
        foreach (var envelope in events)
        {
            _ = bySeq.TryAdd((envelope.Node, envelope.Seq), envelope);
        }

        var kept = new HashSet<(string Node, long Seq)>();
        var wanted = events
            .Where(envelope => !(envelope.At.Utc < from))
            .Select(envelope => (envelope.Node, envelope.Seq))
            .Concat(spans.Select(span => (span.Node, span.Seq)))
            .Concat(Failovers.Closures(events).Select(closure => (closure.Node, closure.Seq)));
        foreach (var one in wanted)
        {
            (string Node, long Seq)? link = one;
            while (link is { } next && bySeq.TryGetValue(next, out var envelope) && kept.Add(next))
            {
                link = envelope.Cause is { } cause ? (envelope.Node, cause) : null;
            }
        }

        return [.. events.Where(envelope => kept.Contains((envelope.Node, envelope.Seq)))];
    }

    private static string ToneOf(Span span) => (span.Lane, span.Value) switch
    {
        (Lane.Node, nameof(NodeState.Synced)) => "good",
        (Lane.Node, nameof(NodeState.Unknown)) => "plain",
        (Lane.Node, nameof(NodeState.Donor) or nameof(NodeState.Joined) or nameof(NodeState.Joining)) => "caution",
        (Lane.Node, _) => "bad",
        (Lane.Gate, nameof(GatePhase.Open)) => "good",
        (Lane.Gate, nameof(GatePhase.Closing) or nameof(GatePhase.Opening)) => "caution",
        (Lane.Gate, _) => "bad",
        (Lane.Rule, "none") => "plain",
        (Lane.Rule, var families) => families.Contains(" and ", StringComparison.Ordinal) ? "good" : "caution",
    };

    private static string Utc(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LaneData))]
internal sealed partial class LaneJson : JsonSerializerContext;

