using System.Net;

namespace GaleraGate.Infrastructure.Connections;

/// <summary>The established connections that clients made through the gate.</summary>
public interface IConnections
{
    /// <summary>How many there are, and who is at their other end, or was since the last look.</summary>
    ConnectionsSeen Look();

    /// <summary>How many there are, and why that is not known.</summary>
    (int Count, string? Trouble) Count();

    /// <summary>Resets all of them, and no others; says how many, and why not all.</summary>
    (int Count, string? Trouble) Reset();
}

/// <summary>What a look at the connections through the gate saw.</summary>
/// <param name="Count">How many there are now.</param>
/// <param name="Clients">
/// From where those are connected that the server has answered, or were since the last look.
/// </param>
/// <param name="Trouble">Why that is not known; null when it is.</param>
public sealed record ConnectionsSeen(int Count, IReadOnlyCollection<IPAddress> Clients, string? Trouble);
