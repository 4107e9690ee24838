using GaleraGate.Domain.Events;
using GaleraGate.Lab;
using Xunit.Abstractions;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>
/// Each fault of a real node closes the gate as seen by a client in another namespace, and the gate opens again when
/// the fault ends.
/// </summary>
[Collection(nameof(ThreeNodes))]
public sealed class FaultTests
{
    private readonly ThreeNodes _three;
    private readonly ITestOutputHelper _output;

    public FaultTests(ThreeNodes nodes, ITestOutputHelper testOutput)
    {
        (_three, _output) = (nodes, testOutput);
        nodes.BeginAnew(afterFaults: true);
    }

    private static readonly Dictionary<
        string,
        (Action<ThreeNodes, ClusterNode> Begin, Action<ThreeNodes, ClusterNode> End, string Reason)
    > Faults = new()
    {
        ["read-only"] = ((_, node) => node.ReadOnly(true), (_, node) => node.ReadOnly(false), "read-only"),
        ["desync with a method that blocks"] = (
            (_, node) => node.Desync(true), (_, node) => node.Desync(false), "donor-blocking"),
        ["rejected queries"] = (
            (_, node) => node.RejectQueries("ALL"), (_, node) => node.RejectQueries("NONE"), "rejecting-queries"),
        ["frozen server"] = ((_, node) => node.Freeze(), (_, node) => node.Thaw(), "timeout"),
        ["kill -9"] = ((_, node) => node.Kill(), (_, node) => node.Start(), "unreachable"),
        ["stopped in order"] = ((_, node) => node.Stop(), (_, node) => node.Start(), ""),
        ["cut off from its peers"] = (
            (three, node) => three.Cluster.Partition(node), (three, node) => three.Cluster.Heal(node), "non-primary"),
    };

    public static TheoryData<string> Names() => [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_fault_closes_the_gate_and_its_end_opens_it_again(string name)
    {
        var (begin, end, reason) = Faults[name];
        var node = _three.Node(3);
        using var gate = GateDaemon.Start(node);
        GatePort.AwaitBoth(_three.Client, node, Meets.Server);

        begin(_three, node);
        try
        {
            GatePort.AwaitBoth(_three.Client, node, Meets.Refused, 30);
        }
        finally
        {
            end(_three, node);
        }

        GatePort.AwaitBoth(_three.Client, node, Meets.Server, 90);
        node.AwaitSynced();
        gate.Stop();
        Assert.Equal(0, gate.ExitCode);
        Record.MustHold(gate);
        var closed = gate.Events(nameof(GateClosed))[0].GetProperty("data").GetProperty("reason").GetString();
        Assert.True(reason.Length == 0 || reason == closed, $"closed as {closed}");
    }

    [Fact]
    public void A_nonblocking_method_keeps_the_gate_of_a_desynced_node_open()
    {
        var node = _three.Node(3);
        node.SetSstMethod("xtrabackup-v2");
        try
        {
            using var gate = GateDaemon.Start(node);
            GatePort.Await(_three.Client, node.Address, Meets.Server, 20);
            node.Desync(true);
            gate.AwaitEvent(nameof(NodeStateChanged), count: 2);
            for (var i = 0; i < 30; i++)
            {
                Assert.Equal(Meets.Server, GatePort.Meet(_three.Client, node.Address));
                Thread.Sleep(100);
            }

            node.Desync(false);
            gate.Stop();
            Assert.Empty(gate.Events(nameof(GateClosing)));
            Record.MustHold(gate);
        }
        finally
        {
            node.Desync(false);
            node.SetSstMethod("rsync");
        }
    }

    /// <summary>
    /// The tables translate packets of existing connections only while something uses connection tracking. Here nothing
    /// else does.
    /// </summary>
    [Fact]
    public void A_connection_made_through_the_gate_survives_its_closing()
    {
        var node = _three.Node(3);
        using var gate = GateDaemon.Start(node);
        GatePort.Await(_three.Client, node.Address, Meets.Server, 20);
        using var client = _three.Client.Start("mariadb", [
            "--no-defaults",
            $"-u{ClusterNode.AppUser}",
            $"-p{ClusterNode.AppPassword}",
            "-h",
            node.Address,
            "-P",
            "3308",
            "--skip-reconnect",
            "--unbuffered",
            "-sN",
        ]);
        Assert.Equal("before", Ask("before"));
        node.ReadOnly(true);
        try
        {
            GatePort.Await(_three.Client, node.Address, Meets.Refused, 20);
            Assert.Equal("after", Ask("after"));
            gate.Stop();
            Assert.Equal("stopped", Ask("stopped"));
        }
        finally
        {
            node.ReadOnly(false);
            client.Kill();
        }

        string? Ask(string word)
        {
            client.StandardInput.WriteLine($"SELECT '{word}';");
            client.StandardInput.Flush();
            var answer = client.StandardOutput.ReadLineAsync();
            return answer.Wait(TimeSpan.FromSeconds(10)) ? answer.Result : "(silence)";
        }
    }

    /// <summary>
    /// Toggles read_only every 1.5 s for a minute. The script changes rules 40 times in 30 s of this.
    /// </summary>
    [Fact]
    public void Flapping_causes_a_bounded_number_of_rule_changes()
    {
        var node = _three.Node(3);
        using var gate = GateDaemon.Start(node);
        GatePort.Await(_three.Client, node.Address, Meets.Server, 20);
        for (var i = 0; i < 40; i++)
        {
            node.ReadOnly(i % 2 == 0);
            Thread.Sleep(1500);
        }

        node.ReadOnly(false);
        gate.Stop();
        Record.MustHold(gate);

        // The node is fit for 1.5 s at a time. After the second close open-after is longer than that, so the gate stays
        // closed until the toggling stops.
        _output.WriteLine(
            $"{Record.GateChanges(gate).Count} gate changes and "
            + $"{gate.Events(nameof(RedirectAdded), nameof(RedirectRemoved)).Count} rule changes in both families");
        Assert.InRange(Record.GateChanges(gate).Count, 3, 12);
    }
}
