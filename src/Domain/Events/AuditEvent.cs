namespace GaleraGate.Domain.Events;

/// <summary>
/// Something that happened. Types and fields are only ever added, so a journal of any age stays readable. The types are
/// in the files of their subjects; EventTable.cs has a row for each. docs/events.md is generated from the summaries and
/// parameters of these types.
/// </summary>
public abstract record AuditEvent
{
    private protected AuditEvent()
    {
    }
}

/// <summary>
/// An event whose type this version does not know, because a newer version wrote it. It is passed on unchanged and
/// changes no state.
/// </summary>
/// <param name="Type">The stored type name.</param>
/// <param name="Data">The stored data, as its JSON text.</param>
public sealed record UnknownEvent(string Type, string Data) : AuditEvent;
