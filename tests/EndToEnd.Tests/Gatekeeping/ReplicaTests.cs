using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>Replica mode with a real primary and a real replica, as clients in another namespace meet it.</summary>
public sealed class ReplicaTests : IDisposable
{
    private const int PrimaryPort = 3307;

    private readonly LabHost _host = new();
    private readonly Space _client;
    private readonly Space _server;
    private readonly PlainServer _primary;
    private readonly PlainServer _replica;

    public ReplicaTests()
    {
        (_server, _client) = _host.AddLinkedSpaces();
        _primary = PlainServer.StartIn(_server, $"--port={PrimaryPort}", "--server-id=1", "--log-bin");
        _replica = PlainServer.StartIn(_server, "--bind-address=*", "--server-id=2", "--read-only");
        _primary.Sql("CREATE USER repl@'%' IDENTIFIED BY 'r'; GRANT REPLICATION SLAVE ON *.* TO repl@'%';");
        _replica.Sql("CREATE USER nobody@localhost;");
        _replica.Sql(Replicate("", PrimaryPort));
    }

    public void Dispose()
    {
        _replica.Dispose();
        _primary.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void A_replicas_gate_is_open_while_it_replicates_with_little_lag()
    {
        using var gate = GateDaemon.StartIn(
            _server,
            Path.Combine(_host.Folder, "journal"),
            "--socket",
            _replica.Socket,
            "--mode",
            "replica",
            "--max-lag",
            "2s",
            "--defaults-extra-file",
            "/dev/null");
        Meet(Meets.Server);
        Assert.Equal("replicating", gate.Status().GetProperty("verdict").GetProperty("reason").GetString());

        _replica.Sql("STOP SLAVE SQL_THREAD;");
        Closes(gate, "replica-stopped");
        _replica.Sql("START SLAVE SQL_THREAD;");
        Meet(Meets.Server);

        // Another session's lock blocks the thread's writes; the thread runs and the replica lags.
        using (var locking = Shell.Start("mariadb", ["--no-defaults", "-uroot", $"-S{_replica.Socket}"]))
        {
            locking.StandardInput.Write("LOCK TABLES app.t READ;\n");
            locking.StandardInput.Flush();
            Shell.Await(
                () =>
                    Shell
                        .TryWith(
                            "SHOW OPEN TABLES WHERE In_use > 0",
                            "mariadb",
                            ["--no-defaults", "-uroot", $"-S{_replica.Socket}"])
                        .Output.Length > 0,
                TimeSpan.FromSeconds(10),
                "the lock");
            _primary.Sql("INSERT INTO app.t (v) VALUES (1);");
            Closes(gate, "replica-lag");
            locking.StandardInput.Close();
            locking.WaitForExit();
        }

        Meet(Meets.Server);

        // A second channel whose source does not listen; SHOW SLAVE STATUS alone would not show it.
        _replica.Sql(Replicate("'second'", 3999));
        Closes(gate, "replica-stopped");
        Assert.Equal("2", gate.Status().GetProperty("variables").GetProperty("replica_channels").GetString());
        _replica.Sql("STOP SLAVE 'second'; RESET SLAVE 'second' ALL;");
        Meet(Meets.Server);
        gate.Stop();
        Record.MustHold(gate);
    }

    /// <summary>The source refuses the replica for a while, as during a restart, and then disappears.</summary>
    [Fact]
    public void A_replica_stays_open_through_a_short_source_loss_and_closes_after_grace()
    {
        string[] refuse =
        [
            "INPUT", "-p", "tcp", "--dport", $"{PrimaryPort}", "-j", "REJECT", "--reject-with", "tcp-reset",
        ];
        using var gate = GateDaemon.StartIn(
            _server, Path.Combine(_host.Folder, "journal"), "--socket", _replica.Socket, "--mode", "replica",
            "--replica-grace", "20s", "--defaults-extra-file", "/dev/null");
        Meet(Meets.Server);
        _server.Run("iptables", ["-A", .. refuse]);
        _primary.Sql(
            "SET @dump = (SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' LIMIT 1); "
            + "EXECUTE IMMEDIATE CONCAT('KILL ', @dump);");
        AwaitReason(gate, "replica-grace");
        Meet(Meets.Server);
        _server.Run("iptables", ["-D", .. refuse]);
        AwaitReason(gate, "replicating");
        Assert.DoesNotContain("GateClosed", gate.Events().Select(e => e.GetProperty("type").GetString()));

        Shell.Signal("-KILL", _primary.Pid);
        AwaitReason(gate, "replica-grace");
        Meet(Meets.Server);
        AwaitReason(gate, "replica-stopped");
        Closes(gate, "replica-stopped");
        gate.Stop();
        Record.MustHold(gate);
    }

    private static void AwaitReason(GateDaemon gate, string reason) => Shell.Await(
        () => gate.Status().GetProperty("verdict").GetProperty("reason").GetString() == reason,
        TimeSpan.FromSeconds(60),
        $"the verdict {reason}");

    [Fact]
    public void A_non_replica_is_unfit_and_a_missing_privilege_is_reported()
    {
        Assert.StartsWith("unfit: replica-stopped", Check(_primary.Socket, "root").Output, StringComparison.Ordinal);
        var (exitCode, output, _) = Check(_replica.Socket, "nobody");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("unfit: access-denied", output, StringComparison.Ordinal);
        Assert.Contains(
            "the server says: error 1227: Access denied; you need (at least one of) the ",
            output,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "unfit: wsrep-off",
            _server
                .Try(GateDaemon.Binary, "check", "--socket", _replica.Socket, "--defaults-extra-file", "/dev/null")
                .Output,
            StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) Check(string socket, string user)
    {
        var credentials = Path.Combine(_host.Folder, user + ".cnf");
        File.WriteAllText(credentials, $"[client]\nuser={user}\n");
        return _server.Try(
            GateDaemon.Binary, "check", "--mode", "replica", "--socket", socket, "--defaults-extra-file", credentials);
    }

    private void Meet(Meets wanted) => GatePort.Await(_client, "10.77.0.1", wanted, 30);

    private void Closes(GateDaemon gate, string reason)
    {
        Meet(Meets.Refused);
        Assert.Equal(reason, gate.Status().GetProperty("verdict").GetProperty("reason").GetString());
    }

    private static string Replicate(string channel, int port) =>
        $"CHANGE MASTER {channel} TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='repl', "
        + $"MASTER_PASSWORD='r', MASTER_CONNECT_RETRY=1; START SLAVE {channel};";
}

/// <summary>A cluster node that also replicates from elsewhere is judged as both.</summary>
[Collection(nameof(ThreeMoreNodes))]
public sealed class ReplicatingNodeTests
{
    private readonly ThreeNodes _three;

    public ReplicatingNodeTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
    }

    [Fact]
    public void A_node_that_is_also_a_replica_closes_if_either_role_is_unfit()
    {
        var node = _three.Node(2);
        using var primary = PlainServer.StartIn(node.Space, "--port=3317", "--server-id=77", "--log-bin");
        primary.Sql("CREATE USER repl@'%' IDENTIFIED BY 'r'; GRANT REPLICATION SLAVE ON *.* TO repl@'%';");
        node.Execute(
            "CHANGE MASTER 'elsewhere' TO MASTER_HOST='127.0.0.1', MASTER_PORT=3317, MASTER_USER='repl', "
            + "MASTER_PASSWORD='r'");
        node.Execute("START SLAVE 'elsewhere'");
        node.Execute($"GRANT SLAVE MONITOR ON *.* TO {ClusterNode.ProbeUser}@'%'");
        try
        {
            using var gate = GateDaemon.Start(node, "--mode", "replica");
            GatePort.Await(_three.Client, node.Address, Meets.Server, 20);
            node.Execute("STOP SLAVE 'elsewhere'");
            Closes("replica-stopped");
            node.Execute("START SLAVE 'elsewhere'");
            GatePort.Await(_three.Client, node.Address, Meets.Server, 20);
            node.ReadOnly(true);
            Closes("read-only");

            void Closes(string reason)
            {
                GatePort.Await(_three.Client, node.Address, Meets.Refused, 20);
                Assert.Equal(reason, gate.Status().GetProperty("verdict").GetProperty("reason").GetString());
            }
        }
        finally
        {
            node.ReadOnly(false);
            node.Execute("STOP SLAVE 'elsewhere'");
            node.Execute("RESET SLAVE 'elsewhere' ALL");
            node.Execute($"REVOKE SLAVE MONITOR ON *.* FROM {ClusterNode.ProbeUser}@'%'");
        }
    }
}
