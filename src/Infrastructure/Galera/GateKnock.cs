using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>The result of connecting to an address.</summary>
public enum Knocked
{
    /// <summary>A server greeted.</summary>
    Greeted,

    /// <summary>
    /// A server answered with an error instead of a greeting: it has no free connection, or blocks this host.
    /// </summary>
    Answered,

    Refused,

    /// <summary>This host has no route there, so the state for clients is unknown.</summary>
    NoRoute,

    Silent,
}

/// <summary>Connects to a gate as a client does, and reads the beginning of the greeting.</summary>
public static class GateKnock
{
    private const int HeaderBytes = 4;
    private const byte Handshake = 10;
    private const byte Error = 255;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>Connects to all addresses at once, so an unreachable one does not delay the others.</summary>
    public static async Task<IReadOnlyList<Knocked>> AtAsync(OtherNode node, CancellationToken cancellationToken) =>
        await Task.WhenAll(node.Addresses.Select(address => AtAsync(address, node.GatePort, cancellationToken)));

    public static async Task<Knocked> AtAsync(IPAddress address, ushort port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port, limit.Token);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => Knocked.Refused,
                SocketError.NetworkUnreachable => Knocked.NoRoute,
                _ => Knocked.Silent,
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Knocked.Silent;
        }

        try
        {
            var greeting = new byte[HeaderBytes + 1];
            for (var read = 0; read < greeting.Length;)
            {
                var got = await socket.ReceiveAsync(greeting.AsMemory(read), limit.Token);
                if (got == 0)
                {
                    return Knocked.Silent;
                }

                read += got;
            }

            return greeting[HeaderBytes] switch
            {
                Handshake => Knocked.Greeted,
                Error => Knocked.Answered,
                _ => Knocked.Silent,
            };
        }
        catch (Exception e) when (e is SocketException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return Knocked.Silent;
        }
    }
}
