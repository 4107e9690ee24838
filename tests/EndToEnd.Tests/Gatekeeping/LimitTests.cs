using System.Net.Sockets;
using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>Something has run out or is wrong: connections, descriptors, rights, or the wall clock.</summary>
[Collection(nameof(ThreeOtherNodes))]
public sealed class LimitTests
{
    private readonly ThreeNodes _three;

    public LimitTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
    }

    private ClusterNode Node => _three.Node(3);

    private string Journal => Path.Combine(Node.Folder, "journal");

    /// <summary>The kept connection still works; only a new one is refused.</summary>
    [Fact]
    public async Task A_server_out_of_connections_stays_open_while_the_probe_keeps_its_own()
    {
        using var gate = GateDaemon.Start(Node);
        Await(Meets.Server);
        var clients = new List<MySqlConnection>();
        await using var root = await OpenAsync("root", "");
        Node.Execute("SET GLOBAL max_connections=20");
        try
        {
            while (await TakeAsync() is { } client)
            {
                clients.Add(client);
            }

            var before = gate.Status().GetProperty("probe").GetProperty("probes").GetInt64();
            Shell.Await(
                () => gate.Status().GetProperty("probe").GetProperty("probes").GetInt64() > before + 10,
                TimeSpan.FromSeconds(20),
                "ten more probes");
            Assert.Empty(gate.Events(nameof(GateClosing)));

            // Now the kept connection is killed too, and no free one is left to replace it.
            await ExecuteAsync(root, "SET GLOBAL max_connections=10");
            await ExecuteAsync(root, $"KILL USER {ClusterNode.ProbeUser}");
            gate.AwaitEvent(nameof(GateClosed));
            Assert.Equal(
                "too-many-connections",
                gate.Events(nameof(GateClosed))[0].GetProperty("data").GetProperty("reason").GetString());
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }

            await ExecuteAsync(root, "SET GLOBAL max_connections=60");
        }

        Await(Meets.Server);
        gate.Stop();
        Record.MustHold(gate);
    }

    [Fact]
    public void Ten_thousand_clients_are_served_or_refused_while_the_gate_toggles()
    {
        const int Many = 10_000;
        using var gate = GateDaemon.Start(Node, "--open-after", "0s", "--open-after-max", "0s", "--rise", "1");
        Await(Meets.Server);
        int[] met = new int[3];
        using (new Watch(() =>
        {
            Node.ReadOnly(true);
            Thread.Sleep(300);
            Node.ReadOnly(false);
            Thread.Sleep(300);
        }))
        {
            _ = Parallel.For(
                0,
                Many,
                new ParallelOptions { MaxDegreeOfParallelism = 16 },
                _ =>
                    Interlocked.Increment(
                        ref met[(int)GatePort.Meet(_three.Client, Node.Address, milliseconds: 10_000)]));
        }

        Node.ReadOnly(false);
        gate.Stop();
        Assert.Equal((0, Many), (met[(int)Meets.Silence], met.Sum()));
        Assert.True(met[(int)Meets.Server] > 0 && met[(int)Meets.Refused] > 0, $"{met[0]} served, {met[1]} refused");
        Assert.InRange(gate.Events(nameof(GateClosed)).Count, 2, int.MaxValue);
        Record.MustHold(gate);
    }

    /// <summary>The daemon can start no command and make no connection; the lease still closes the gate.</summary>
    [Fact]
    public void The_gate_closes_without_free_descriptors_and_opens_when_there_are_some()
    {
        using var gate = GateDaemon.Start(Node);
        // Runs through everything once, so that the program has loaded all it needs.
        Await(Meets.Server);
        Node.ReadOnly(true);
        Await(Meets.Refused);
        Node.ReadOnly(false);
        Await(Meets.Server);
        Shell.Run("prlimit", ["--pid", $"{gate.Pid}", "--nofile=4:"]);
        try
        {
            Node.ReadOnly(true);
            Await(Meets.Refused);
            gate.AwaitEvent(nameof(RedirectChangeFailed));
        }
        finally
        {
            Node.ReadOnly(false);
            _ = Shell.Try("prlimit", ["--pid", $"{gate.Pid}", "--nofile=1024:"]);
        }

        // If the runtime cannot create a thread it ends the process. The lease then closes the gate, and the supervisor
        // starts the next daemon.
        if (gate.HasEnded)
        {
            Assert.Contains("Out of memory", gate.Log, StringComparison.Ordinal);
            Await(Meets.Refused);
            return;
        }

        Await(Meets.Server);
        gate.Stop();
        Assert.Equal(
            ["read-only", "read-only", "stopped"],
            gate.Events(nameof(GateClosed)).Select(e => e.GetProperty("data").GetProperty("reason").GetString()));
        Record.MustHold(gate);
    }

    /// <summary>
    /// A user who may open the socket may open many connections. They take nothing from the gate, and the next request
    /// is answered.
    /// </summary>
    [Fact]
    public void Masses_of_control_socket_connections_do_not_disturb_the_gate()
    {
        using var gate = GateDaemon.Start(Node);
        Await(Meets.Server);
        var clients = new List<Socket>();
        for (var i = 0; i < 500; i++)
        {
            var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            clients.Add(client);
            client.Connect(new UnixDomainSocketEndPoint(gate.Control));
        }

        Shell.Await(
            () => new DirectoryInfo($"/proc/{gate.Pid}/fd").GetFiles().Length < 300,
            TimeSpan.FromSeconds(20),
            "those that are too many to be closed");
        Node.ReadOnly(true);
        Await(Meets.Refused);
        Node.ReadOnly(false);
        Await(Meets.Server);
        clients.ForEach(client => client.Dispose());
        Shell.Await(() => gate.Ask("status").ExitCode == 0, TimeSpan.FromSeconds(20), "an answer");
        gate.Stop();
        Record.MustHold(gate);
    }

    /// <summary>
    /// An unprivileged user of its own with two capabilities, and none that a child could gain: everything that works
    /// for root's daemon works here.
    /// </summary>
    [Fact]
    public void The_daemon_needs_two_capabilities_but_not_root()
    {
        const string User = "4711";
        const string Two = "-all,+net_admin,+net_raw";
        var folder = Path.Combine(Node.Folder, "own");
        _ = Directory.CreateDirectory(folder);
        Shell.Run("cp", ["-r", Path.GetDirectoryName(GateDaemon.Binary)!, Path.Combine(folder, "program")]);
        Shell.Run("install", ["-m", "600", Node.Credentials, Path.Combine(folder, "my.cnf")]);
        Shell.Run("chown", ["-R", $"{User}:{User}", folder]);
        try
        {
            using var gate = GateDaemon.StartThrough(
                [
                    "unshare", "-m", "sh", "-ec",
                    $"mkdir -p /run/galeragate; mount -t tmpfs -o uid={User} none /run/galeragate; exec setpriv "
                    + $"--reuid {User} --regid {User} --clear-groups --inh-caps={Two} --ambient-caps={Two} "
                    + $"--bounding-set={Two} --no-new-privs \"$@\"",
                    "sh", Path.Combine(folder, "program", "galeragate"),
                ],
                Node,
                Path.Combine(folder, "journal"),
                "--defaults-extra-file",
                Path.Combine(folder, "my.cnf"),
                "--on-close",
                "reset");
            Await(Meets.Server);
            var status = File.ReadAllLines($"/proc/{gate.Pid}/status");
            Assert.Contains("CapEff:\t0000000000003000", status);
            Assert.Contains("CapBnd:\t0000000000003000", status);
            Assert.Contains($"Uid:\t{User}\t{User}\t{User}\t{User}", status);
            Assert.Equal("ok", gate.Status().GetProperty("lease").GetProperty("runs").GetBoolean() ? "ok" : gate.Log);

            Node.ReadOnly(true);
            Await(Meets.Refused);
            gate.AwaitEvent(nameof(ConnectionsReset));
            Node.ReadOnly(false);
            Await(Meets.Server);
            gate.Stop();
            Assert.Equal(0, gate.ExitCode);
            Assert.All(
                gate.Events(nameof(ConnectionsReset)),
                e => Assert.False(e.GetProperty("data").TryGetProperty("failure", out _)));
            Assert.Empty(gate.Events(nameof(RedirectChangeFailed)));
            Record.MustHold(gate);
        }
        finally
        {
            Node.ReadOnly(false);
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// Only the wall clock jumps, as when an operator sets it. Nothing opens, closes or lapses because of it, and the
    /// record shows the jump.
    /// </summary>
    [Fact]
    public void A_wall_clock_that_jumps_by_hours_changes_nothing()
    {
        var clock = Path.Combine(Node.Folder, "clock");
        Set("+0");
        using var gate = GateDaemon.StartThrough(
            [
                "env",
                $"LD_PRELOAD={Shell.Run("sh", ["-c", "ls /usr/lib/*/faketime/libfaketime.so.1"]).Trim()}",
                "FAKETIME_DONT_FAKE_MONOTONIC=1",
                "FAKETIME_NO_CACHE=1",
                $"FAKETIME_TIMESTAMP_FILE={clock}",
            ],
            Node, Journal, "--defaults-extra-file", Node.Credentials, "--lease", "10s", "--probe-timeout", "3s");
        Await(Meets.Server);
        foreach (var jump in new[] { "+6h", "-12h", "+300d" })
        {
            Set(jump);
            var before = gate.Status().GetProperty("probe").GetProperty("probes").GetInt64();
            Shell.Await(
                () => gate.Status().GetProperty("probe").GetProperty("probes").GetInt64() > before + 45,
                TimeSpan.FromSeconds(60),
                "more probes than a lease is long");
            Assert.Equal(Meets.Server, GatePort.Meet(_three.Client, Node.Address));
            Assert.InRange(gate.Status().GetProperty("gate").GetProperty("seconds").GetDouble(), 0, 600);
        }

        Node.ReadOnly(true);
        Await(Meets.Refused);
        Node.ReadOnly(false);
        Await(Meets.Server);
        Set("-1h");
        gate.Stop();
        Assert.Empty(gate.Events(nameof(LeaseLapsed), nameof(GateClosing)));
        // On a busy machine the daemon may wait for a second or two; a stall reported for that is not a jump of hours.
        Assert.All(
            gate.Events(nameof(LoopStalled)),
            e => Assert.InRange(e.GetProperty("data").GetProperty("lasted").GetDouble(), 0, 60));
        Assert.Collection(
            gate.Events(nameof(GateClosed)).Select(e => e.GetProperty("data").GetProperty("reason").GetString()),
            // SET GLOBAL read_only may desync the node for a moment, and a probe may see both.
            first => Assert.Contains(first, new[] { "read-only", "donor-blocking" }),
            last => Assert.Equal("stopped", last));
        Assert.Contains("\"read-only\"", CauseOf(gate.Events(nameof(GateClosed))[0]), StringComparison.Ordinal);
        var times = gate.Events()
            .Select(e => (At: e.GetProperty("at").GetDateTime(), Mono: e.GetProperty("mono").GetDouble()))
            .ToList();
        Assert.Contains(times.Zip(times.Skip(1)), pair => pair.Second.At - pair.First.At > TimeSpan.FromDays(299));
        Assert.Contains(times.Zip(times.Skip(1)), pair => pair.Second.At < pair.First.At);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second.Mono - pair.First.Mono, 0, 3600));
        Record.MustHold(gate);

        // At once: a faked program that reads half a time ends.
        void Set(string time)
        {
            File.WriteAllText(clock + ".new", time);
            File.Move(clock + ".new", clock, overwrite: true);
        }

        string CauseOf(JsonElement closed) => gate
            .Events(nameof(VerdictChanged))
            .Single(e => e.GetProperty("seq").GetInt64() == closed.GetProperty("cause").GetInt64())
            .GetProperty("data")
            .GetRawText();
    }

    private async Task<MySqlConnection?> TakeAsync()
    {
        try
        {
            return await OpenAsync(ClusterNode.AppUser, ClusterNode.AppPassword);
        }
        catch (MySqlException)
        {
            return null;
        }
    }

    private async Task<MySqlConnection> OpenAsync(string user, string password)
    {
        var client = new MySqlConnection(
            $"Server={Node.Socket};Connection Protocol=UnixSocket;User "
            + $"ID={user};Password={password};Pooling=false;Cancellation Timeout=-1");
        try
        {
            await client.OpenAsync();
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        _ = await command.ExecuteNonQueryAsync();
    }

    private void Await(Meets wanted) => GatePort.Await(_three.Client, Node.Address, wanted, 30);
}
