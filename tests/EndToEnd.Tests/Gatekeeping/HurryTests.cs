using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>The daemon sees an event when it happens: here the next poll is half a minute away.</summary>
[Collection(nameof(ThreeOtherNodes))]
public sealed class HurryTests
{
    private static readonly string[] PollsSeldom =
    [
        "--check-interval",
        "30s",
        "--lease",
        "60s",
        "--rise",
        "1",
        "--open-after",
        "0s",
    ];

    private readonly ThreeNodes _three;

    public HurryTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew(afterFaults: true);
    }

    private ClusterNode Node => _three.Node(3);

    [Theory]
    [InlineData("socket")]
    [InlineData("TCP")]
    public void A_server_that_dies_is_noticed_before_the_next_poll(string way)
    {
        using var gate = Open(way);
        Shell.Await(
            () => SocketsHeldTwice(gate.Pid) == 1, TimeSpan.FromSeconds(10), "the watch of the probe's connection");

        Node.Kill();
        try
        {
            gate.AwaitEvent(nameof(GateClosed), seconds: 15);
            GatePort.Await(_three.Client, Node.Address, Meets.Refused, 15);
        }
        finally
        {
            Node.Start();
            Node.AwaitSynced();
        }

        gate.Stop();
        Assert.Equal("unreachable", Reason(gate.Events(nameof(GateClosed))[0]));
        Record.MustHold(gate);
    }

    [Theory]
    [InlineData("socket")]
    [InlineData("TCP")]
    public void Killing_the_probes_connection_closes_no_gate(string way)
    {
        using var gate = Open(way, "--check-interval", "100ms");
        for (var round = 0; round < 10; round++)
        {
            var before = Probes(gate);
            Node.Execute($"KILL USER {ClusterNode.ProbeUser}");
            Shell.Await(
                () => Probes(gate) > before + 1, TimeSpan.FromSeconds(20), "a probe over a connection made again");
        }

        Assert.Equal(0, gate.Status().GetProperty("probe").GetProperty("failed").GetInt64());
        gate.Stop();
        Assert.Empty(gate.Events(nameof(GateClosing)));
        Assert.Equal("stopped", Reason(Assert.Single(gate.Events(nameof(GateClosed)))));
        Record.MustHold(gate);
    }

    [Fact]
    public void A_view_change_reported_by_the_server_triggers_a_probe()
    {
        using var gate = Open("socket");
        _three.Cluster.Partition(Node);
        try
        {
            GatePort.Await(_three.Client, Node.Address, Meets.Refused, 25);
        }
        finally
        {
            _three.Cluster.Heal(Node);
        }

        GatePort.Await(_three.Client, Node.Address, Meets.Server, 25);
        gate.Stop();
        Assert.Equal("non-primary", Reason(gate.Events(nameof(GateClosed))[0]));
        Record.MustHold(gate);
    }

    /// <summary>
    /// The server waits for its wsrep_notify_cmd, so a change of view must complete whatever state the other end is in.
    /// </summary>
    [Theory]
    [InlineData("no FIFO")]
    [InlineData("nobody reads")]
    [InlineData("the pipe is full")]
    [InlineData("the daemon stands still")]
    public void The_notify_command_never_makes_the_server_wait(string what)
    {
        File.Delete(Node.Notify);
        using var gate = what == "the daemon stands still" ? GateDaemon.Start(Node) : null;
        if (what is "nobody reads" or "the pipe is full")
        {
            Shell.Run("mkfifo", ["-m", "622", Node.Notify]);
        }

        using var reader =
            what == "the pipe is full"
                ? new FileStream(Node.Notify, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0)
                : null;
        reader?.Write(new byte[1 << 16]);
        gate?.AwaitEvent(nameof(DaemonStarted));
        gate?.Signal("-STOP");

        var address = Node.Query("SELECT @@wsrep_cluster_address", 0);
        var view = Node.Status("wsrep_cluster_conf_id");
        Node.Execute($"SET GLOBAL wsrep_cluster_address='{address}'");
        Node.AwaitSynced();
        Assert.NotEqual(view, Node.Status("wsrep_cluster_conf_id"));
        var (exitCode, output, error) = Shell.Try(
            "timeout", ["5", Node.NotifyScript, Node.Notify, "--status", "Synced"]);
        Assert.Equal((0, "", ""), (exitCode, output, error));
        Assert.Equal(what != "no FIFO", File.Exists(Node.Notify));
        gate?.Signal("-CONT");
    }

    /// <summary>The watch has a second descriptor for the probe's connection.</summary>
    private static int SocketsHeldTwice(int pid) => new DirectoryInfo($"/proc/{pid}/fd").GetFiles()
        .Select(file => file.LinkTarget ?? "")
        .Where(target => target.StartsWith("socket:", StringComparison.Ordinal))
        .GroupBy(target => target)
        .Count(socket => socket.Count() > 1);

    private static long Probes(GateDaemon gate) => gate.Status().GetProperty("probe").GetProperty("probes").GetInt64();

    private GateDaemon Open(string way, params IReadOnlyList<string> otherwise)
    {
        var arguments = otherwise.Count > 0 ? otherwise : PollsSeldom;
        var gate = way == "socket"
            ? GateDaemon.Start(Node, arguments)
            : GateDaemon.StartIn(
                Node.Space,
                Path.Combine(Node.Folder, "journal"),
                [
                    "--node",
                    Node.Name,
                    "--host",
                    "127.0.0.1",
                    "--defaults-extra-file",
                    Node.Credentials,
                    .. arguments,
                ]);
        GatePort.Await(_three.Client, Node.Address, Meets.Server, 20);
        return gate;
    }

    private static string? Reason(JsonElement closed) => closed.GetProperty("data").GetProperty("reason").GetString();
}
