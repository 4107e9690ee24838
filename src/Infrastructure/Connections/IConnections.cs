namespace GaleraGate.Infrastructure.Connections;

/// <summary>The established connections that clients made through the gate.</summary>
public interface IConnections
{
    /// <summary>How many there are; where nobody can tell, why.</summary>
    (int Count, string? Trouble) Count();

    /// <summary>Resets all of them, and no others; says how many, and why not all.</summary>
    (int Count, string? Trouble) Reset();
}
