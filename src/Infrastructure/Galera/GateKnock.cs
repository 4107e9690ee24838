using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>What a knock at an address met.</summary>
public enum Knocked
{
    /// <summary>A server greeted.</summary>
    Greeted,

    /// <summary>A server answered with an error in place of a greeting: it has no room, or blocks this host.</summary>
    Answered,

    Refused,

    /// <summary>This host has no way there, so nothing is known of what clients meet.</summary>
    NoRoute,

    Silent,
}

/// <summary>Connects to a gate as a client does, and reads how the greeting begins.</summary>
public static class GateKnock
{
    private const int HeaderBytes = 4;
    private const byte Handshake = 10;
    private const byte Error = 255;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>At all addresses at once: one that leads nowhere costs the others no time.</summary>
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
