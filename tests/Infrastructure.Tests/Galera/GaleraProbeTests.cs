using System.Diagnostics;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Galera;

/// <summary>A cluster of one that a test may break if it repairs it afterwards.</summary>
public sealed class OneNode : IDisposable
{
    public Cluster Cluster { get; } =
        Cluster.Start(1, options: new Dictionary<string, string> { ["max_connections"] = "10" });

    public ClusterNode Node => Cluster.Nodes[0];

    public void Dispose() => Cluster.Dispose();
}

/// <summary>The probe against a real node.</summary>
public sealed class GaleraProbeTests(OneNode one) : IClassFixture<OneNode>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(700);

    private ClusterNode Node => one.Node;

    [Fact]
    public async Task A_healthy_node_is_read_completely_and_judged_fit()
    {
        await using var probe = Probe();

        var seen = await ObserveAsync(probe);

        Assert.Equal((NodeState.Synced, "Primary", "rsync"), (seen.NodeState, seen.ClusterStatus, seen.SstMethod));
        Assert.True(
            seen.Ready.Is(true)
                && seen.ReadOnly.Is(false)
                && seen.View.IsReadable
                && seen.Committed.IsReadable
                && seen.Uptime.IsReadable);
        Assert.NotNull(seen.ProviderUuid);
        Assert.True(Fitness.Judge(seen, new FitnessPolicy()).IsFit);
    }

    [Fact]
    public async Task The_connection_is_kept_and_does_not_wait_for_the_cluster()
    {
        await using var probe = Probe();
        // A server that an earlier test froze may take a moment.
        await AwaitWellAsync(probe);
        var id = Connection();
        await AwaitWellAsync(probe);

        Assert.Equal(id, Connection());
        // Connections from earlier tests may still be closing.
        var others =
            $"SELECT COUNT(*) FROM information_schema.processlist WHERE user='{ClusterNode.ProbeUser}' AND id<>{id}";
        Shell.Await(() => Node.Query(others, 0) == "0", TimeSpan.FromSeconds(20), "no second connection");
    }

    [Theory]
    [InlineData("socket")]
    [InlineData("TCP")]
    public Task A_killed_connection_is_re_established_within_the_same_probe(string way) =>
        Node.Space.EnterAsync(async () =>
    {
        await using var probe = new GaleraProbe(
            way == "TCP" ? Tcp() : Server(), TimeSpan.FromSeconds(5), () => ServerMode.Galera);
        for (var i = 0; i < 10; i++)
        {
            var seen = await ObserveAsync(probe);
            Assert.True(seen.Error == ProbeError.None, $"{i}: {seen.Error} {seen.ErrorDetail}");
            await Task.Run(() => Node.Execute($"KILL USER {ClusterNode.ProbeUser}"));
        }
    });

    [Fact]
    public async Task Rejected_queries_are_not_mistaken_for_a_lost_server()
    {
        await using var probe = Probe();
        _ = await ObserveAsync(probe);
        try
        {
            Node.RejectQueries("ALL_KILL");

            var verdict = Fitness.Judge(await ObserveAsync(probe), new FitnessPolicy());

            Assert.Equal(Reasons.RejectingQueries, verdict.Reasons);
        }
        finally
        {
            Node.RejectQueries("NONE");
        }
    }

    /// <summary>
    /// More probes than the server's backlog has room for. From then on the kernel refuses connections that it queued
    /// before. Nothing may pile up on either side.
    /// </summary>
    [Theory]
    [InlineData("socket")]
    [InlineData("TCP")]
    public async Task A_frozen_server_gives_a_timeout_each_time_and_leaks_nothing(string way)
    {
        await Node.Space.EnterAsync(() => ProbeFrozenAsync(way));

        Assert.Equal("0", Node.Query("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'KILL%'", 0));
    }

    private async Task ProbeFrozenAsync(string way)
    {
        const int MoreThanTheBacklog = 100;
        await using var probe = new GaleraProbe(
            way == "TCP" ? Tcp() : Server(), TimeSpan.FromMilliseconds(50), () => ServerMode.Galera);
        _ = await ObserveAsync(probe);
        Node.Freeze();
        try
        {
            Assert.Equal(ProbeError.Timeout, (await ObserveAsync(probe)).Error);
            var before = Held();
            for (var i = 0; i < MoreThanTheBacklog; i++)
            {
                var seen = await ObserveAsync(probe);
                Assert.True(seen.Error == ProbeError.Timeout, $"probe {i}: {seen.Error} {seen.ErrorDetail}");
            }

            var after = Held();
            Assert.InRange(after.Descriptors, 0, before.Descriptors + 5);
            Assert.InRange(after.Threads, 0, before.Threads + 10);
        }
        finally
        {
            Node.Thaw();
        }

        await AwaitWellAsync(probe);
    }

    [Fact]
    public Task A_path_that_drops_packets_gives_a_timeout_connected_or_not() => Node.Space.EnterAsync(async () =>
    {
        string[] drop = ["INPUT", "-p", "tcp", "--dport", "3306", "-j", "DROP"];
        await using var probe = new GaleraProbe(Tcp(), Timeout, () => ServerMode.Galera);
        _ = await ObserveAsync(probe);
        Node.Space.Run("iptables", ["-w", "-A", .. drop]);
        try
        {
            for (var i = 0; i < 3; i++)
            {
                await MustTimeOutAsync(probe, Timeout);
            }
        }
        finally
        {
            Node.Space.Run("iptables", ["-w", "-D", .. drop]);
        }

        await AwaitWellAsync(probe);
    });

    [Theory]
    [InlineData("accepts and says nothing")]
    [InlineData("stops within its greeting")]
    [InlineData("greets and stops")]
    [InlineData("stops at the first statement")]
    [InlineData("stops within a row")]
    [InlineData("sends a row now and then")]
    [InlineData("sends rows without an end")]
    public async Task A_server_that_stops_anywhere_in_its_answer_is_abandoned_in_time(string where)
    {
        var timeout = TimeSpan.FromMilliseconds(300);
        using var server = new ScriptedServer(stream => ScriptedServer.StopAt(where, stream));
        await using var probe = new GaleraProbe(
            new MySqlConnectionStringBuilder
            {
                Server = "127.0.0.1",
                Port = (uint)server.Port,
                UserID = "x",
                SslMode = MySqlSslMode.None,
            },
            timeout, () => ServerMode.Galera);
        _ = await ObserveAsync(probe);
        var before = Held();
        for (var i = 0; i < 10; i++)
        {
            if (where == "sends rows without an end")
            {
                Assert.True((await ObserveAsync(probe)).Error is ProbeError.ConnectionLost or ProbeError.Timeout);
            }
            else
            {
                await MustTimeOutAsync(probe, timeout);
            }
        }

        var after = Held();
        Assert.InRange(after.Threads, 0, before.Threads + 20);
        // The scripted ends of the connections belong to this process too, and stay open.
        Assert.InRange(after.Descriptors - server.Accepted, 0, before.Descriptors + 5);
    }

    [Fact]
    public async Task A_server_without_a_free_connection_is_reported_as_such()
    {
        var taken = new List<MySqlConnection>();
        try
        {
            var options = Server();
            (options.UserID, options.Password) = (ClusterNode.AppUser, ClusterNode.AppPassword);
            while (taken.Count < 20)
            {
                var connection = new MySqlConnection(options.ConnectionString);
                await connection.OpenAsync();
                taken.Add(connection);
            }
        }
        catch (MySqlException e) when (e.Number == 1040)
        {
            await using var probe = Probe();
            Assert.Equal(ProbeError.TooManyConnections, (await ObserveAsync(probe)).Error);
        }
        finally
        {
            foreach (var connection in taken)
            {
                await connection.DisposeAsync();
            }
        }

        Assert.InRange(taken.Count, 1, 15);
    }

    [Fact]
    public async Task Wrong_credentials_give_access_denied_without_the_password_in_the_text()
    {
        var server = Server();
        server.Password = "not-the-secret";
        await using var probe = new GaleraProbe(server, Timeout, () => ServerMode.Galera);

        var seen = await ObserveAsync(probe);

        Assert.Equal(ProbeError.AccessDenied, seen.Error);
        Assert.DoesNotContain("not-the-secret", seen.ErrorDetail, StringComparison.Ordinal);
        Assert.Contains(ClusterNode.ProbeUser, seen.ErrorDetail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_socket_gives_refused()
    {
        var server = Server();
        server.Server += ".gone";
        await using var probe = new GaleraProbe(server, Timeout, () => ServerMode.Galera);

        Assert.Equal(ProbeError.Refused, (await ObserveAsync(probe)).Error);
    }

    [Fact]
    public async Task A_server_without_wsrep_is_judged_as_such()
    {
        using var plain = PlainServer.Start();
        await using var probe = new GaleraProbe(Server(plain.Socket), TimeSpan.FromSeconds(5), () => ServerMode.Galera);

        Assert.Equal("wsrep-off", Fitness.Judge(await ObserveAsync(probe), new FitnessPolicy()).Headline);
    }

    [Theory]
    [InlineData(1040, "too-many-connections")]
    [InlineData(1129, "access-denied")]
    [InlineData(1130, "access-denied")]
    [InlineData(1698, "access-denied")]
    [InlineData(1203, "too-many-connections")]
    [InlineData(1226, "too-many-connections")]
    [InlineData(1047, "not-ready")]
    [InlineData(1053, "connection-lost")]
    [InlineData(1042, "access-denied")]
    [InlineData(1043, "access-denied")]
    [InlineData(1184, "access-denied")]
    [InlineData(1135, "too-many-connections")]
    [InlineData(3032, "offline")]
    [InlineData(6400, "offline")]
    [InlineData(6401, "offline")]
    [InlineData(1105, "other")]
    [InlineData(59999, "other")]
    public async Task Each_error_in_place_of_a_greeting_has_its_own_meaning(int number, string error)
    {
        using var server = new ScriptedServer(stream =>
            ScriptedServer.Send(stream, 0, [0xff, (byte)number, (byte)(number >> 8), .. "#HY000No\x1b[31m\nway"u8]));
        await using var probe = new GaleraProbe(
            new MySqlConnectionStringBuilder
            {
                Server = "127.0.0.1",
                Port = (uint)server.Port,
                UserID = "x",
            },
            TimeSpan.FromSeconds(5),
            () => ServerMode.Galera);

        var seen = await ObserveAsync(probe);

        Assert.Equal(error, seen.Error.Name());
        Assert.DoesNotContain(seen.ErrorDetail!, char.IsControl);
        Assert.StartsWith($"error {number}: No", seen.ErrorDetail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0, 10 })]
    public async Task A_server_that_violates_the_protocol_gives_an_error_and_no_crash(byte[] nonsense)
    {
        using var server = new ScriptedServer(stream =>
        {
            stream.Write(nonsense);
            stream.Close();
        });
        await using var probe = new GaleraProbe(
            new MySqlConnectionStringBuilder
            {
                Server = "127.0.0.1",
                Port = (uint)server.Port,
                UserID = "x",
            },
            TimeSpan.FromSeconds(2),
            () => ServerMode.Galera);

        Assert.NotEqual(ProbeError.None, (await ObserveAsync(probe)).Error);
    }

    [Fact]
    public async Task Stopping_the_daemon_ends_a_hanging_probe()
    {
        using var silent = ScriptedServer.Silent();
        await using var probe = new GaleraProbe(
            new MySqlConnectionStringBuilder
            {
                Server = "127.0.0.1",
                Port = (uint)silent.Port,
                UserID = "x",
            },
            TimeSpan.FromMinutes(1),
            () => ServerMode.Galera);
        using var ending = new CancellationTokenSource(100);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe.ObserveAsync(ending.Token));
    }

    private static async Task MustTimeOutAsync(IProbe probe, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(ProbeError.Timeout, (await ObserveAsync(probe)).Error);
        Assert.InRange(Stopwatch.GetElapsedTime(started), timeout * 0.9, timeout + TimeSpan.FromSeconds(5));
    }

    private static async Task AwaitWellAsync(IProbe probe)
    {
        for (var left = 100; (await ObserveAsync(probe)).Error != ProbeError.None; left--)
        {
            Assert.True(left > 0, "the server answers again");
            await Task.Delay(100);
        }
    }

    private static (int Descriptors, int Threads) Held()
    {
        using var self = Process.GetCurrentProcess();
        return (Directory.GetFiles("/proc/self/fd").Length, self.Threads.Count);
    }

    private static Task<Observation> ObserveAsync(IProbe probe) => probe.ObserveAsync(CancellationToken.None);

    private GaleraProbe Probe() => new(Server(), Timeout, () => ServerMode.Galera);

    private MySqlConnectionStringBuilder Server(string? socket = null) => new()
    {
        Server = socket ?? Node.Socket,
        ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
        UserID = ClusterNode.ProbeUser,
        Password = ClusterNode.ProbePassword,
        CancellationTimeout = -1,
    };

    private static MySqlConnectionStringBuilder Tcp() => new()
    {
        Server = "127.0.0.1",
        UserID = ClusterNode.ProbeUser,
        Password = ClusterNode.ProbePassword,
    };

    private string Connection() =>
        Node.Query($"SELECT MAX(id) FROM information_schema.processlist WHERE user='{ClusterNode.ProbeUser}'", 0)!;
}
