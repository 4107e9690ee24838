using System.Net;

namespace GaleraGate.Infrastructure.Connections;

/// <summary>The established connections that clients made through the gate.</summary>
public interface IConnections
{
    /// <summary>How many there are, and which clients are connected or have been since the last call.</summary>
    ConnectionsSeen Look();

    /// <summary>How many there are, or why that is unknown.</summary>
    (int Count, string? Trouble) Count();

    /// <summary>Resets all of them, and no others. Returns how many, and why not all.</summary>
    (int Count, string? Trouble) Reset();
}

/// <summary>The connections through the gate at one moment.</summary>
/// <param name="Count">How many there are now.</param>
/// <param name="Clients">The addresses of clients that the server has answered and that are connected, or have been
/// since the last call.</param>
/// <param name="Trouble">Why that is unknown; null if it is known.</param>
public sealed record ConnectionsSeen(int Count, IReadOnlyCollection<IPAddress> Clients, string? Trouble);
