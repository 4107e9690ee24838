using System.Diagnostics;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Galera;

/// <summary>A cluster of one, which a test may break as long as it mends it.</summary>
public sealed class OneNode : IDisposable
{
    public Cluster Cluster { get; } = Cluster.Start(1, options: new Dictionary<string, string> { ["max_connections"] = "10" });

    public ClusterNode Node => Cluster.Nodes[0];

    public void Dispose() => Cluster.Dispose();
}

/// <summary>The probe against a real node.</summary>
public sealed class GaleraProbeTests(OneNode one) : IClassFixture<OneNode>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(700);

    private ClusterNode Node => one.Node;

    [Fact]
    public async Task A_healthy_node_is_read_whole_and_judged_fit()
    {
        await using var probe = Probe();

        var seen = await ObserveAsync(probe);

        Assert.Equal((NodeState.Synced, "Primary", "rsync"), (seen.NodeState, seen.ClusterStatus, seen.SstMethod));
        Assert.True(seen.Ready.Is(true) && seen.ReadOnly.Is(false) && seen.View.IsReadable && seen.Committed.IsReadable && seen.Uptime.IsReadable);
        Assert.NotNull(seen.ProviderUuid);
        Assert.True(Fitness.Judge(seen, new FitnessPolicy()).IsFit);
    }

    [Fact]
    public async Task The_connection_is_kept_and_does_not_wait_for_the_cluster()
    {
        await using var probe = Probe();
        _ = await ObserveAsync(probe);
        var id = Connection();
        _ = await ObserveAsync(probe);

        Assert.Equal(id, Connection());
        Assert.Equal("0", Node.Query($"SELECT COUNT(*) FROM information_schema.processlist WHERE user='{ClusterNode.ProbeUser}' AND id<>{id}", 0));
    }

    [Fact]
    public async Task A_connection_that_somebody_kills_is_made_again_in_the_same_probe()
    {
        await using var probe = Probe();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(ProbeError.None, (await ObserveAsync(probe)).Error);
            Node.Execute($"KILL {Connection()}");
        }
    }

    [Fact]
    public async Task Rejected_queries_are_seen_and_not_taken_for_a_lost_server()
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

    [Fact]
    public async Task A_frozen_server_is_a_timeout_in_time_and_well_again_after_the_thaw()
    {
        await using var probe = Probe();
        _ = await ObserveAsync(probe);
        Node.Freeze();
        try
        {
            for (var i = 0; i < 2; i++)
            {
                var started = Stopwatch.GetTimestamp();
                Assert.Equal(ProbeError.Timeout, (await ObserveAsync(probe)).Error);
                Assert.InRange(Stopwatch.GetElapsedTime(started), Timeout * 0.9, Timeout + TimeSpan.FromSeconds(5));
            }
        }
        finally
        {
            Node.Thaw();
        }

        var again = await ObserveAsync(probe);
        Assert.True(again.Error is ProbeError.None or ProbeError.Timeout);
    }

    [Fact]
    public async Task A_server_with_no_connection_left_is_named_so()
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
    public async Task Credentials_that_are_wrong_are_access_denied_and_the_words_hold_no_password()
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
    public async Task A_socket_that_is_not_there_is_refused()
    {
        var server = Server();
        server.Server += ".gone";
        await using var probe = new GaleraProbe(server, Timeout, () => ServerMode.Galera);

        Assert.Equal(ProbeError.Refused, (await ObserveAsync(probe)).Error);
    }

    [Fact]
    public async Task A_server_without_wsrep_is_judged_so()
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
    public async Task Each_error_that_a_server_greets_with_has_its_own_value(int number, string error)
    {
        using var server = new ScriptedServer(stream => ScriptedServer.Send(stream, 0, [0xff, (byte)number, (byte)(number >> 8), .. "#HY000No\x1b[31m\nway"u8]));
        await using var probe = new GaleraProbe(new MySqlConnectionStringBuilder { Server = "127.0.0.1", Port = (uint)server.Port, UserID = "x" }, TimeSpan.FromSeconds(5), () => ServerMode.Galera);

        var seen = await ObserveAsync(probe);

        Assert.Equal(error, seen.Error.Name());
        Assert.DoesNotContain(seen.ErrorDetail!, char.IsControl);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0, 10 })]
    public async Task A_server_that_talks_nonsense_is_an_error_and_never_a_crash(byte[] nonsense)
    {
        using var server = new ScriptedServer(stream =>
        {
            stream.Write(nonsense);
            stream.Close();
        });
        await using var probe = new GaleraProbe(new MySqlConnectionStringBuilder { Server = "127.0.0.1", Port = (uint)server.Port, UserID = "x" }, TimeSpan.FromSeconds(2), () => ServerMode.Galera);

        Assert.NotEqual(ProbeError.None, (await ObserveAsync(probe)).Error);
    }

    [Fact]
    public async Task The_end_of_the_daemon_ends_a_probe_that_hangs()
    {
        using var silent = ScriptedServer.Silent();
        await using var probe = new GaleraProbe(new MySqlConnectionStringBuilder { Server = "127.0.0.1", Port = (uint)silent.Port, UserID = "x" }, TimeSpan.FromMinutes(1), () => ServerMode.Galera);
        using var ending = new CancellationTokenSource(100);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe.ObserveAsync(ending.Token));
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

    private string Connection() => Node.Query($"SELECT MAX(id) FROM information_schema.processlist WHERE user='{ClusterNode.ProbeUser}'", 0)!;
}
