using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>Where something has run out: connections, descriptors, rights, or the wall clock's word.</summary>
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

    /// <summary>The kept connection goes on; only a new one finds none left.</summary>
    [Fact]
    public async Task A_server_without_connections_left_stays_open_as_long_as_the_probe_has_its_own()
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

            // Nor is there one that it could take again.
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
    public void Ten_thousand_connections_meet_a_server_or_a_refusal_while_the_gate_toggles()
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

    /// <summary>No command can be started and no connection made; the lease closes the gate all the same.</summary>
    [Fact]
    public void Without_a_descriptor_left_the_gate_closes_and_opens_when_there_are_some_again()
    {
        using var gate = GateDaemon.Start(Node);
        // Once through everything, so that what the program loads is loaded.
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

        // Where the runtime cannot have a thread it ends the process: then the lease closes the gate, and whoever
        // supervises it starts the next.
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
    /// Whoever may open the socket may open many: they take nothing from the gate, and the next one who asks is
    /// answered.
    /// </summary>
    [Fact]
    public void Connections_without_number_to_the_control_socket_take_nothing_from_the_gate()
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
    /// Its own user, two capabilities, none that a child could gain: everything works that root's daemon does.
    /// </summary>
    [Fact]
    public void It_needs_no_root_but_two_capabilities()
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
    /// The wall clock alone jumps, as when somebody sets it: nothing opens, closes or lapses for it, and the record
    /// shows it.
    /// </summary>
    [Fact]
    public void A_wall_clock_that_jumps_hours_moves_nothing()
    {
        var clock = Path.Combine(Node.Folder, "clock");
        File.WriteAllText(clock, "+0");
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
            File.WriteAllText(clock, jump);
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
        File.WriteAllText(clock, "-1h");
        gate.Stop();
        Assert.Empty(gate.Events(nameof(LeaseLapsed), nameof(GateClosing)));
        // A busy machine lets the daemon wait for a second or two: what it says of that is no jump of hours.
        Assert.All(
            gate.Events(nameof(LoopStalled)),
            e => Assert.InRange(e.GetProperty("data").GetProperty("lasted").GetDouble(), 0, 60));
        Assert.Equal(
            ["read-only", "stopped"],
            gate.Events(nameof(GateClosed)).Select(e => e.GetProperty("data").GetProperty("reason").GetString()));
        var times = gate.Events()
            .Select(e => (At: e.GetProperty("at").GetDateTime(), Mono: e.GetProperty("mono").GetDouble()))
            .ToList();
        Assert.Contains(times.Zip(times.Skip(1)), pair => pair.Second.At - pair.First.At > TimeSpan.FromDays(299));
        Assert.Contains(times.Zip(times.Skip(1)), pair => pair.Second.At < pair.First.At);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second.Mono - pair.First.Mono, 0, 3600));
        Record.MustHold(gate);
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
