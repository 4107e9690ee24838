using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Connections;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Connections;

/// <summary>
/// Real connections through a real redirect: only those that came through the gate are counted and reset.
/// </summary>
public sealed class GateConnectionsTests : IDisposable
{
    /// <summary>Seconds: the limit for a reset to arrive, and how long to wait for none.</summary>
    private const double Limit = 10;
    private const double Quiet = 0.3;

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Space _client;
    private readonly List<Socket> _sockets = [];
    private readonly GateConnections _connections;
    private readonly IptablesGate _gate;

    public GateConnectionsTests()
    {
        (_server, _client) = _host.AddLinkedSpaces();

        (_connections, _gate) = _server.Enter(() =>
            (new GateConnections(3308, 3306), new IptablesGate(new GateRules("n1", 3308, 3306, [], LocalClients: true)))
        );
        _sockets.Add(_server.Enter(Listen));
        Converge(new Redirect(7, 7));
    }

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _connections.Dispose();
        _gate.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void Connections_made_through_the_gate_are_reset_and_direct_ones_never()
    {
        Socket[] through =
        [
            Connect(_client, "10.77.0.1", 3308),
            Connect(_client, "fd77::1", 3308),
            Connect(_server, "127.0.0.1", 3308),
            Connect(_server, "10.77.0.1", 3308),
        ];
        Socket[] direct =
        [
            Connect(_client, "10.77.0.1", 3306),
            Connect(_client, "fd77::1", 3306),
            Connect(_server, "127.0.0.1", 3306),
        ];
        Assert.Equal((through.Length, null), _connections.Count());

        // Connections survive a closed gate and are still recognized.
        Converge(new Redirect(null, 9));
        Assert.Equal((through.Length, null), _connections.Count());
        Assert.Equal((through.Length, null), _connections.Reset());

        Assert.All(through, socket => Assert.Equal(SocketError.ConnectionReset, GatePort.EndOf(socket, Limit)));
        Assert.All(direct, socket => Assert.Null(GatePort.EndOf(socket, Quiet)));
        Assert.Equal((0, null), _connections.Count());
        Assert.Equal((0, null), _connections.Reset());

        // The server still listens and accepts the next connection.
        Converge(new Redirect(11, 11));
        Assert.Null(GatePort.EndOf(Connect(_client, "10.77.0.1", 3308), Quiet));
    }

    [Fact]
    public void A_client_is_reported_while_connected_and_once_more_afterwards()
    {
        Assert.Empty(_connections.Look().Clients);
        using (Connect(_client, "10.77.0.1", 3306))
        {
            Assert.Empty(_connections.Look().Clients);
        }

        var through = Connect(_client, "fd77::1", 3308);
        Shell.Await(
            () => _connections.Look().Clients.SequenceEqual([IPAddress.Parse("fd77::2")]),
            TimeSpan.FromSeconds(Limit),
            "the client to be seen");
        Assert.Single(_connections.Look().Clients);
        through.Dispose();
        Connect(_client, "10.77.0.1", 3308).Dispose();

        // The server's end closes too: a finished connection is tracked but not reported again.
        var met = new HashSet<string>();
        Shell.Await(
            () =>
            {
                lock (_sockets)
                {
                    _sockets.Skip(1).ToList().ForEach(socket => socket.Dispose());
                }

                // Counting alone does not consume what Look reports.
                _ = _connections.Count();
                var now = _connections.Look().Clients;
                met.UnionWith(now.Select(client => client.ToString()));
                return now.Count == 0 && met.Count == 2;
            },
            TimeSpan.FromSeconds(Limit),
            "both to be named, and no longer");

        // A client that was refused does not appear.
        Converge(new Redirect(null, 9));
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1"));
        Assert.Empty(_connections.Look().Clients);
    }

    [Fact]
    public void Thousands_of_connections_are_counted_and_reset_at_once()
    {
        const int Many = 2000;
        var through = Enumerable.Range(0, Many).Select(_ => Connect(_client, "10.77.0.1", 3308)).ToList();
        var direct = Connect(_client, "10.77.0.1", 3306);
        Assert.Equal((Many, null), _connections.Count());

        Assert.Equal((Many, null), _connections.Reset());

        Assert.All(through, socket => Assert.Equal(SocketError.ConnectionReset, GatePort.EndOf(socket, Limit)));
        Assert.Null(GatePort.EndOf(direct, Quiet));
    }


    private void Converge(Redirect wanted)
    {
        foreach (var family in new[] { Family.Ipv4, Family.Ipv6 })
        {
            _server
                .EnterAsync(async () =>
                    Assert.DoesNotContain(
                        (await _gate.ConvergeAsync(family, wanted, CancellationToken.None)).Facts,
                        fact => fact is ChangeFailed))
                .Wait();
        }
    }

    /// <summary>Accepts connections of both address families and sends nothing.</summary>
    private Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp)
        {
            DualMode = true,
        };
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 3306));
        listener.Listen(4096);
        _ = Task.Run(async () =>
        {
            while (true)
            {
                var taken = await listener.AcceptAsync();
                lock (_sockets)
                {
                    _sockets.Add(taken);
                }
            }
        });
        return listener;
    }

    private Socket Connect(Space from, string address, int port)
    {
        var socket = GatePort.Connect(from, address, port);
        lock (_sockets)
        {
            _sockets.Add(socket);
        }

        return socket;
    }
}
