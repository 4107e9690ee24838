using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>What happens to connected clients when the gate closes, and what an operator can do about them.</summary>
[Collection(nameof(ThreeOtherNodes))]
public sealed class DrainTests : IDisposable
{
    private readonly ThreeNodes _three;
    private readonly List<Socket> _clients = [];

    public DrainTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew(afterFaults: true);
        // These clients only read the greeting.
        Node.Execute("SET GLOBAL connect_timeout=120");
    }

    private ClusterNode Node => _three.Node(3);

    public void Dispose() => _clients.ForEach(client => client.Dispose());

    [Fact]
    public void Gate_clients_of_a_node_that_lost_its_cluster_are_reset_direct_ones_not()
    {
        using var gate = Open(Node);
        var (through, direct) = (Connect(Node.Address, 3308), Connect(Node.Address, 3306));
        var throughIpv6 = Connect(Node.AddressIpv6, 3308);
        _three.Cluster.Partition(Node);
        try
        {
            Assert.Equal(SocketError.ConnectionReset, GatePort.EndOf(through, 25));
            Assert.Equal(SocketError.ConnectionReset, GatePort.EndOf(throughIpv6, 5));
            Assert.Null(GatePort.EndOf(direct, 0.5));
            gate.AwaitEvent(nameof(ConnectionsReset));
        }
        finally
        {
            _three.Cluster.Heal(Node);
        }

        gate.Stop();
        var reset = gate.Events(nameof(ConnectionsReset))[0];
        var closed = gate.Events(nameof(GateClosed))[0];
        Assert.Equal("non-primary", closed.GetProperty("data").GetProperty("reason").GetString());
        Assert.Equal(
            (2, closed.GetProperty("seq").GetInt64()),
            (reset.GetProperty("data").GetProperty("count").GetInt32(), reset.GetProperty("cause").GetInt64()));
        Record.MustHold(gate);
    }

    [Theory]
    [InlineData("drain", false)]
    [InlineData("reset", true)]
    [InlineData("reset-after=1s", true)]
    public void The_policy_decides_whether_clients_of_a_closed_gate_are_reset(string policy, bool isReset)
    {
        using var gate = Open(Node, "--on-close", policy);
        var client = Connect(Node.Address, 3308);
        Node.ReadOnly(true);
        try
        {
            gate.AwaitEvent(nameof(GateClosed));
            Assert.Equal(isReset ? SocketError.ConnectionReset : null, GatePort.EndOf(client, isReset ? 20 : 2));
        }
        finally
        {
            Node.ReadOnly(false);
        }

        gate.Stop();
        Assert.Equal(
            isReset ? 1 : 0,
            gate.Events(nameof(ConnectionsReset)).Sum(e => e.GetProperty("data").GetProperty("count").GetInt32()));
        Record.MustHold(gate);
    }

    /// <summary>As ProxySQL and connection pools do: a connection outlives the query that it was opened for.</summary>
    [Theory]
    [InlineData("drain", true)]
    [InlineData("reset", false)]
    public async Task A_connection_pool_keeps_using_a_closed_gate_unless_it_is_reset(string policy, bool goesOn)
    {
        using var gate = Open(Node, "--on-close", policy);
        await using var pool = new MySqlDataSource(new MySqlConnectionStringBuilder
        {
            Server = Node.Address,
            Port = 3308,
            UserID = ClusterNode.AppUser,
            Password = ClusterNode.AppPassword,
            SslMode = MySqlSslMode.None,
            ConnectionTimeout = 5,
            CancellationTimeout = -1,
        }.ConnectionString);
        Assert.True(await AskAsync());
        Node.ReadOnly(true);
        try
        {
            GatePort.AwaitBoth(_three.Client, Node, Meets.Refused);
            if (!goesOn)
            {
                gate.AwaitEvent(nameof(ConnectionsReset));
            }

            Assert.Equal(goesOn, await AskAsync());
        }
        finally
        {
            Node.ReadOnly(false);
        }

        GatePort.AwaitBoth(_three.Client, Node, Meets.Server);
        Assert.True(await AskAsync());

        async Task<bool> AskAsync()
        {
            var answered = false;
            await _three.Client.EnterAsync(async () =>
            {
                try
                {
                    await using var connection = await pool.OpenConnectionAsync();
                    await using var query = new MySqlCommand("SELECT 1", connection);
                    answered = await query.ExecuteScalarAsync() is not null;
                }
                catch (Exception e) when (e is MySqlException or IOException)
                {
                    answered = false;
                }
            });
            return answered;
        }
    }

    [Fact]
    public void A_stop_resets_clients_if_the_policy_says_so()
    {
        using var gate = Open(Node, "--on-close", "reset");
        var client = Connect(Node.Address, 3308);

        gate.Stop();

        Assert.Equal(SocketError.ConnectionReset, GatePort.EndOf(client, 1));
        Assert.Equal(nameof(DaemonStopped), gate.Events()[^1].GetProperty("type").GetString());
        Assert.Single(gate.Events(nameof(ConnectionsReset)));
        Record.MustHold(gate);
    }

    [Fact]
    public async Task Hold_with_drain_counts_clients_and_returns_when_the_last_is_gone()
    {
        using var gate = Open(Node);
        var (first, second) = (Connect(Node.Address, 3308), Connect(Node.Address, 3308));
        _ = Connect(Node.Address, 3306);

        var hasty = gate.Ask("hold", "--reason", "restart", "--drain", "300ms");
        Assert.Equal(1, hasty.ExitCode);
        Assert.Contains("2 clients are left after 300ms", hasty.Error, StringComparison.Ordinal);

        var draining = Task.Run(() => gate.Ask("hold", "--reason", "restart", "--drain", "30s"));
        first.Dispose();
        second.Dispose();
        var (exitCode, output, error) = await draining.WaitAsync(TimeSpan.FromSeconds(25));
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("no client is left", output, StringComparison.Ordinal);
        Assert.Equal(0, gate.Ask("release").ExitCode);
        gate.Stop();
        Record.MustHold(gate);
    }

    [Fact]
    public void Hold_if_others_open_never_closes_the_last_open_gate()
    {
        using var one = Open(_three.Node(1));
        using var two = Open(_three.Node(2), "--peers", "10.77.0.1,10.77.0.2,10.77.0.3");
        using var three = Open(Node, "--peers", "10.77.0.1,10.77.0.2,10.77.0.3");

        Assert.Equal(0, two.Ask("hold", "--reason", "restart", "--if-others-open", "2").ExitCode);
        var (exitCode, _, error) = three.Ask("hold", "--reason", "restart", "--if-others-open", "2");
        Assert.Equal(1, exitCode);
        Assert.Contains(
            "only 1 other gate is open, 2 required, so it is not held: 10.77.0.1 open, 10.77.0.2 not open",
            error,
            StringComparison.Ordinal);
        Assert.Equal(Meets.Server, GatePort.Meet(_three.Client, Node.Address));
        Assert.Equal(0, three.Ask("hold", "--reason", "restart", "--if-others-open", "1").ExitCode);

        // Without --peers, the server supplies the addresses of the other nodes.
        var last = one.Ask("hold", "--reason", "restart", "--if-others-open", "1");
        Assert.Equal(1, last.ExitCode);
        Assert.Contains("only 0 other gates are open, 1 required", last.Error, StringComparison.Ordinal);
        Assert.Equal(Meets.Server, GatePort.Meet(_three.Client, _three.Node(1).Address));
        Assert.Equal(0, two.Ask("release").ExitCode);
        GatePort.Await(_three.Client, _three.Node(2).Address, Meets.Server, 20);
        Assert.Equal(0, one.Ask("hold", "--reason", "restart", "--if-others-open", "1").ExitCode);
    }

    /// <summary>What mariadb-galeragate.conf does around a restart of the server.</summary>
    [Fact]
    public void The_servers_unit_and_an_operator_hold_and_release_independently()
    {
        using var gate = Open(Node);
        Assert.Equal(
            0, gate.Ask("hold", "--service", "--reason", "the server's unit stops", "--drain", "30s").ExitCode);
        Assert.Equal(0, gate.Ask("hold", "--reason", "mine").ExitCode);

        var (exitCode, _, error) = gate.Ask("release", "--service");
        Assert.Equal(1, exitCode);
        Assert.Contains("still held by the operator: mine; galeragate release", error, StringComparison.Ordinal);
        Assert.Equal(
            ["operator"],
            gate.Status().GetProperty("holds").EnumerateArray().Select(hold => hold.GetProperty("hold").GetString()));
        Assert.Equal(0, gate.Ask("release").ExitCode);
        GatePort.Await(_three.Client, Node.Address, Meets.Server, 20);
        gate.Stop();
        Record.MustHold(gate);
    }

    private GateDaemon Open(ClusterNode node, params IEnumerable<string> arguments)
    {
        var gate = GateDaemon.Start(node, arguments);
        GatePort.AwaitBoth(_three.Client, node, Meets.Server);
        return gate;
    }

    /// <summary>A client that is connected and has read the greeting.</summary>
    private Socket Connect(string address, int port)
    {
        var socket = GatePort.Connect(_three.Client, address, port);
        _ = socket.Receive(new byte[1024]);
        _clients.Add(socket);
        return socket;
    }
}
