using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Text;

/// <summary>
/// Describes each event, with the same text in the log and in the audit, safe for a terminal: a server's values may
/// contain anything, so control characters are shown as dots.
/// </summary>
internal static class EventText
{
    private const string RecordEnds =
        "the record ends with the gate open, and no daemon came back: clients are refused since its lease ended";

    /// <summary>The text of an event.</summary>
    public static string Of(Envelope envelope) => envelope.IsInferred ? RecordEnds : Of(envelope.Event);

    /// <summary>The text for a line that lists several events: rules are mentioned without their text.</summary>
    public static string Brief(Envelope envelope) => envelope.IsInferred ? RecordEnds : Brief(envelope.Event);

    /// <summary>The event's number within its node.</summary>
    public static string NumberOf(Envelope envelope) =>
        envelope.IsInferred ? $"after #{envelope.Seq}, not in the journal" : $"#{envelope.Seq}";

    /// <summary>The text of an event.</summary>
    public static string Of(AuditEvent @event) => Terminal.Plain(EventTable.Of(@event).WordsOf(@event));

    /// <summary>The text for a line that lists several events: rules are mentioned without their text.</summary>
    public static string Brief(AuditEvent @event) => Terminal.Plain(EventTable.Of(@event).BriefOf(@event));

    /// <summary>The marker for an event whose line was modified after it was written; empty for others.</summary>
    public static string Doubt(Envelope envelope) => envelope.Doubt is { } doubt ? $"  DAMAGED OR EDITED: {doubt}" : "";

    /// <summary>The subject of an event.</summary>
    public static string SubjectOf(AuditEvent @event) =>
        @event is UnknownEvent unknown ? unknown.Type : EventTable.Of(@event).Subject;

    /// <summary>The tone for what it means to clients that want to connect.</summary>
    public static Tone ToneOf(AuditEvent @event) => EventTable.Of(@event).OutlookOf(@event) switch
    {
        Outlook.Neutral => Tone.Plain,
        Outlook.Good => Tone.Good,
        Outlook.Bad => Tone.Bad,
        Outlook.Caution => Tone.Caution,
    };

    public static string Verdict(Verdict verdict) => EventWords.Verdict(verdict);
}
