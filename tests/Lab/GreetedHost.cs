using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Lab;

/// <summary>
/// A host that sends a server's greeting on port 3306 over both address families, and a client next to it.
/// </summary>
public sealed class GreetedHost : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Socket[] _listeners;

    public GreetedHost()
    {
        (Server, Client) = _host.AddLinkedSpaces();
        _listeners = [Server.Greet(IPAddress.Any, 3306), Server.Greet(IPAddress.IPv6Any, 3306)];
    }

    /// <summary>The address at which the client reaches it.</summary>
    public static IReadOnlyList<string> Addresses { get; } = ["10.77.0.1", "fd77::1"];

    public Space Server { get; }

    public Space Client { get; }

    public string Folder => _host.Folder;

    public void Dispose()
    {
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        _host.Dispose();
    }
}
