namespace GaleraGate.Domain.Events;

/// <summary>Who holds a gate: each is placed and lifted on its own, and the gate is held while any is there.</summary>
[Flags]
public enum Holds
{
    None = 0,
    Operator = 1,
    File = 2,

    /// <summary>The server's own unit, while it restarts: an operator's hold outlives it.</summary>
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
