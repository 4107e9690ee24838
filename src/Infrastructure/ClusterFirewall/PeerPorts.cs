using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>The result of a connection attempt to a port.</summary>
public enum Reached
{
    Open,

    /// <summary>Refused: the packet arrived, but nothing listens. The port is not blocked.</summary>
    Refused,

    /// <summary>No answer, or an answer that the port is prohibited.</summary>
    Blocked,
}

/// <summary>Whether packets get through to a host's ports, and how large they may be.</summary>
public static class PeerPorts
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    public static async Task<Reached> ReachAsync(IPAddress address, ushort port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port, limit.Token);
            return Reached.Open;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused ? Reached.Refused : Reached.Blocked;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Reached.Blocked;
        }
    }

    /// <summary>
    /// The largest IP packet, of the sizes common on network paths, that reaches a host unfragmented; 0 if not even a
    /// small one is answered and nothing is known. A UDP port without a listener answers each packet that arrives.
    /// </summary>
    public static int LargestPacket(IPAddress address, ushort port, int largest)
    {
        int[] sizes = [largest, 8950, 8900, 1500, 1480, 1450, 1420, 1400, 1280, 576];
        var smaller = sizes.Distinct().Where(size => size <= largest).Append(100);
        return smaller.FirstOrDefault(size => IsAnswered(address, port, size)) is > 100 and var size ? size : 0;
    }

    private static bool IsAnswered(IPAddress address, ushort port, int size)
    {
        const int IpMtuDiscover = 10;
        const int Ipv6MtuDiscover = 23;
        const int Probe = 3; // never fragment, and ignore the kernel's idea of the path MTU
        const int WaitMicroseconds = 300_000;
        var isIpv6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        var headers = isIpv6 ? 48 : 28;
        using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var option = BitConverter.GetBytes(Probe);
        socket.SetRawSocketOption(isIpv6 ? 41 : 0, isIpv6 ? Ipv6MtuDiscover : IpMtuDiscover, option);
        try
        {
            socket.Connect(address, port);

            // One packet may be lost, and the host rate-limits answers of this kind.
            for (var i = 0; i < 3; i++)
            {
                _ = socket.Send(new byte[size - headers]);
                if (socket.Poll(WaitMicroseconds, SelectMode.SelectRead))
                {
                    _ = socket.Receive(new byte[1]);
                }
            }

            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
