using System.Net.Sockets;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// One change of a chain at a time: a name among the abstract sockets, which belong to the network namespace as the
/// tables do. The kernel lets it go when its holder dies, however it dies.
/// </summary>
internal sealed class ChainLock : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly Socket _name;

    private ChainLock(Socket name) => _name = name;

    /// <exception cref="InvalidOperationException">Somebody else has it; the message is one line for
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

    /// <summary>Takes it as soon as nobody has it.</summary>
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
