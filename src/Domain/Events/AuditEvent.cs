namespace GaleraGate.Domain.Events;

/// <summary>
/// Something that happened. Types and fields are only ever added: a journal of any age stays readable. The cases stand
/// in the files of their subjects; EventTable.cs has a row for each. What is said here of a type and of its fields is
/// what docs/events.md says.
/// </summary>
public abstract record AuditEvent
{
    private protected AuditEvent()
    {
    }
}

/// <summary>
/// An event whose type this version does not know: a newer one wrote it. It is carried through unharmed and changes
/// nothing.
/// </summary>
/// <param name="Type">The stored type name.</param>
/// <param name="Data">The stored data, as the JSON text it is.</param>
public sealed record UnknownEvent(string Type, string Data) : AuditEvent;
