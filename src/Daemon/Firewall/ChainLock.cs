using System.Net.Sockets;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// Allows one change of a chain at a time: an abstract socket name, which belongs to the network namespace as the rules
/// do. The kernel releases it when the holder dies, however that happens.
/// </summary>
internal sealed class ChainLock : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly Socket _name;

    private ChainLock(Socket name) => _name = name;

    /// <exception cref="InvalidOperationException">Another process holds it; the message is one line for
    /// people.</exception>
    public static ChainLock Take(string chain)
    {
        var name = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            name.Bind(EndPoint(chain));
            name.Listen();
            return new ChainLock(name);
        }
        catch (SocketException e)
        {
            name.Dispose();
            throw new InvalidOperationException(
                e.SocketErrorCode == SocketError.AddressAlreadyInUse
                    ? $"{Holder(chain)} changes {chain} at this moment, or waits for its confirmation"
                    : $"the lock of {chain} cannot be taken: {e.Message}",
                e);
        }
    }

    /// <summary>Waits until it is free, then takes it.</summary>
    public static async Task<ChainLock> WaitAsync(string chain, Action<string> trouble)
    {
        for (var said = ""; ; await Task.Delay(RetryAfter))
        {
            try
            {
                return Take(chain);
            }
            catch (InvalidOperationException e)
            {
                if (e.Message != said)
                {
                    said = e.Message;
                    trouble(said);
                }
            }
        }
    }

    public void Dispose() => _name.Dispose();

    private static string Holder(string chain)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(EndPoint(chain));
            return $"another program (pid {Peer.ProcessOf(socket)}, of {Peer.NameOf(socket)})";
        }
        catch (SocketException)
        {
            return "another program";
        }
    }

    private static UnixDomainSocketEndPoint EndPoint(string chain) => new($"\0galeragate/firewall/{chain}");
}
