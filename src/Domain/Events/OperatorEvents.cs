namespace GaleraGate.Domain.Events;

/// <summary>
/// Who holds a gate. Each hold is placed and lifted separately; the gate is held while there is at least one.
/// </summary>
[Flags]
public enum Holds
{
    None = 0,
    Operator = 1,
    File = 2,

    /// <summary>The server's own unit, during its restart. An operator's hold stays in force after it.</summary>
    Service = 4,
}

/// <summary>The gate is held closed.</summary>
/// <param name="Hold">Operator, File (a hold file) or Service (the server's own unit)</param>
/// <param name="By">who</param>
/// <param name="Why">why</param>
public sealed record HoldPlaced(Holds Hold, string By, string Why) : AuditEvent;

/// <summary>A hold was released.</summary>
/// <param name="Hold">which</param>
/// <param name="By">who</param>
public sealed record HoldLifted(Holds Hold, string By) : AuditEvent;

/// <summary>A person wrote a note, for people who read the record later. It changes nothing that is recorded.</summary>
/// <param name="About">the seq of the event that it is about</param>
/// <param name="By">who</param>
/// <param name="Text">the note</param>
public sealed record Annotated(long About, string By, string Text) : AuditEvent;
