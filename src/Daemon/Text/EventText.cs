using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Text;

/// <summary>
/// Each event in words, the same in the log and in the audit, fit for a terminal: values of a server may hold anything,
/// its control characters are shown as dots.
/// </summary>
internal static class EventText
{
    private const string RecordEnds =
        "the record ends with the gate open, and no daemon came back: clients are refused since its lease ended";

    /// <summary>What an event says.</summary>
    public static string Of(Envelope envelope) => envelope.IsInferred ? RecordEnds : Of(envelope.Event);

    /// <summary>What an event says, in a line among others: rules without their text.</summary>
    public static string Brief(Envelope envelope) => envelope.IsInferred ? RecordEnds : Brief(envelope.Event);

    /// <summary>Which event of its node it is.</summary>
    public static string NumberOf(Envelope envelope) =>
        envelope.IsInferred ? $"after #{envelope.Seq}, not in the journal" : $"#{envelope.Seq}";

    /// <summary>What an event says.</summary>
    public static string Of(AuditEvent @event) => Terminal.Plain(EventTable.Of(@event).WordsOf(@event));

    /// <summary>What an event says, in a line among others: rules without their text.</summary>
    public static string Brief(AuditEvent @event) => Terminal.Plain(EventTable.Of(@event).BriefOf(@event));

    /// <summary>What stands beside an event whose line is not as it was written; nothing beside others.</summary>
    public static string Doubt(Envelope envelope) => envelope.Doubt is { } doubt ? $"  DAMAGED OR EDITED: {doubt}" : "";

    /// <summary>What an event is about.</summary>
    public static string SubjectOf(AuditEvent @event) =>
        @event is UnknownEvent unknown ? unknown.Type : EventTable.Of(@event).Subject;

    /// <summary>What it means for those who wait at the gate.</summary>
    public static Tone ToneOf(AuditEvent @event) => EventTable.Of(@event).OutlookOf(@event) switch
    {
        Outlook.Neutral => Tone.Plain,
        Outlook.Good => Tone.Good,
        Outlook.Bad => Tone.Bad,
        Outlook.Caution => Tone.Caution,
    };

    public static string Verdict(Verdict verdict) => EventWords.Verdict(verdict);
}
