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

public sealed record HoldPlaced(Holds Hold, string By, string Why) : AuditEvent;

public sealed record HoldLifted(Holds Hold, string By) : AuditEvent;

/// <summary>A person's note, for whoever reads the record later. It changes nothing that is recorded.</summary>
/// <param name="About">The seq of the event that it is about.</param>
public sealed record Annotated(long About, string By, string Text) : AuditEvent;
