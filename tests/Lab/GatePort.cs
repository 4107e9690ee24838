using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Lab;

/// <summary>What a client meets when it connects to a port.</summary>
public enum Meets
{
    /// <summary>The server's greeting.</summary>
    Server,

    /// <summary>The connection is refused.</summary>
    Refused,

    /// <summary>The client gets no answer, whether or not it could connect.</summary>
    Silence,
}

/// <summary>Connects as a client does.</summary>
public static class GatePort
{
    /// <summary>Connects from a namespace and waits for the server's greeting.</summary>
    public static Meets Meet(Space from, string address, int port = 3308, int milliseconds = 3000) => from.Enter(() =>
    {
        var ip = IPAddress.Parse(address);
        using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var limit = new CancellationTokenSource(milliseconds);
            socket.ConnectAsync(new IPEndPoint(ip, port), limit.Token).AsTask().GetAwaiter().GetResult();
            var greeting = new byte[5];
            var read = socket
                .ReceiveAsync(greeting.AsMemory(), SocketFlags.None, limit.Token)
                .AsTask()
                .GetAwaiter()
                .GetResult();

            // Protocol version 10 after the packet's header, or an error packet. Both come from a server.
            return read == 5 && greeting[4] is 10 or 0xff ? Meets.Server : Meets.Silence;
        }
        catch (OperationCanceledException)
        {
            return Meets.Silence;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused ? Meets.Refused : Meets.Silence;
        }
    });

    /// <summary>A client's connection, made from a namespace.</summary>
    public static Socket Connect(Space from, string address, int port) => from.Enter(() =>
    {
        var ip = IPAddress.Parse(address);
        var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(ip, port);
        return socket;
    });

    /// <summary>The error that ends a connection within the given time; null if the connection stays open.</summary>
    public static SocketError? EndOf(Socket client, double seconds)
    {
        if (!client.Poll(TimeSpan.FromSeconds(seconds), SelectMode.SelectRead))
        {
            return null;
        }

        try
        {
            return client.Receive(new byte[1024]) == 0 ? SocketError.Success : null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }

    /// <summary>Waits until clients of a node meet this over both address families.</summary>
    /// <exception cref="TimeoutException">They had not met it by the time limit.</exception>
    public static void AwaitBoth(Space from, ClusterNode node, Meets wanted, double seconds = 20, int port = 3308)
    {
        _ = Await(from, node.Address, wanted, seconds, port);
        _ = Await(from, node.AddressIpv6, wanted, seconds, port);
    }

    /// <summary>Waits until clients meet this and returns how long it took.</summary>
    /// <exception cref="TimeoutException">They had not met it by the time limit.</exception>
    public static TimeSpan Await(Space from, string address, Meets wanted, double seconds, int port = 3308)
    {
        var started = Stopwatch.GetTimestamp();
        Shell.Await(
            () => Meet(from, address, port) == wanted,
            TimeSpan.FromSeconds(seconds),
            $"{address}:{port} to be {wanted}");
        return Stopwatch.GetElapsedTime(started);
    }
}
