using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>Only donors that block are left: real nodes, and what a client meets at their gates.</summary>
[Collection(nameof(ThreeMoreNodes))]
public sealed class LastResortTests : IDisposable
{
    private readonly ThreeNodes _three;
    private readonly List<GateDaemon> _gates = [];

    public LastResortTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew(afterFaults: true);
    }

    public void Dispose()
    {
        foreach (var node in _three.Cluster.Nodes.Where(node => node.IsRunning))
        {
            node.Desync(false);
        }

        _gates.ForEach(gate => gate.Dispose());
    }

    /// <summary>The gate that would close last stays open, so the order of closing decides which one it is.</summary>
    [Fact]
    public void One_of_three_donors_opens_and_closes_once_another_node_is_synced()
    {
        Start("--last-resort", "donor");
        _three.Cluster.Nodes.ToList().ForEach(node => node.Desync(true));

        var last = 0;
        Shell.Await(
            () =>
            {
                var open = Enumerable.Range(1, 3).Where(IsOpen).ToList();
                last = open.Count == 1 ? open[0] : 0;
                return last > 0 && (Reason(last), OtherGates(last)) == (Verdict.LastResortName, Elsewhere.Closed);
            },
            TimeSpan.FromSeconds(60),
            "one gate to be open as the last resort");

        var synced = last == 3 ? 1 : 3;
        _three.Node(synced).Desync(false);
        AwaitOnly(synced);
        Shell.Await(
            () => (Reason(synced), Reason(last)) == ("synced", "donor-blocking"),
            TimeSpan.FromSeconds(60),
            "the verdicts of a synced node and a donor");

        _three.Cluster.Nodes.ToList().ForEach(node => node.Desync(false));
        foreach (var number in Enumerable.Range(1, 3))
        {
            Meet(number, Meets.Server);
        }

        Stop();
    }

    [Fact]
    public void A_lone_survivor_that_feeds_a_joiner_by_rsync_stays_open()
    {
        var (joiner, bystander) = (_three.Node(2), _three.Node(3));
        Start("--last-resort", "donor");
        bystander.Desync(true);
        Meet(3, Meets.Refused);
        joiner.RejoinByStateTransfer("rsync");
        joiner.AwaitSynced();
        bystander.Desync(false);
        Meet(2, Meets.Server);
        Meet(3, Meets.Server);

        Stop();
        Assert.DoesNotContain(_gates[0].Events(nameof(GateClosed)), e => Data(e, "reason") == "donor-blocking");
        Assert.Contains(
            _gates[0].Events(nameof(NodeStateChanged)), e => Data(e, "to") == nameof(NodeState.Donor));

        static string? Data(System.Text.Json.JsonElement e, string name) =>
            e.GetProperty("data").GetProperty(name).GetString();
    }

    [Fact]
    public void Without_last_resort_three_donors_are_three_closed_gates()
    {
        Start();
        _three.Cluster.Nodes.ToList().ForEach(node => node.Desync(true));

        foreach (var number in Enumerable.Range(1, 3))
        {
            Meet(number, Meets.Refused);
            Shell.Await(
                () => (Reason(number), OtherGates(number)) == ("donor-blocking", null),
                TimeSpan.FromSeconds(60),
                $"n{number} to be a donor that blocks and knocks at no gate");
        }
    }

    private void Start(params string[] options)
    {
        _gates.AddRange(_three.Cluster.Nodes.Select(node => GateDaemon.Start(node, options)));
        foreach (var number in Enumerable.Range(1, 3))
        {
            Meet(number, Meets.Server);
        }
    }

    private void Stop()
    {
        _gates.ForEach(gate => gate.Stop());
        _gates.ForEach(Record.MustHold);
    }

    /// <summary>Waits until this gate alone is open.</summary>
    private void AwaitOnly(int number) => Shell.Await(
        () => Enumerable.Range(1, 3).All(one => IsOpen(one) == (one == number)),
        TimeSpan.FromSeconds(60),
        $"the gate of n{number} alone to be open");

    private bool IsOpen(int number) => GatePort.Meet(_three.Client, _three.Node(number).Address) == Meets.Server;

    private void Meet(int number, Meets wanted) =>
        GatePort.Await(_three.Client, _three.Node(number).Address, wanted, 60);

    private string? Reason(int number) =>
        _gates[number - 1].Status().GetProperty("verdict").GetProperty("reason").GetString();

    private string? OtherGates(int number) =>
        _gates[number - 1].Status().GetProperty("variables").TryGetProperty(Elsewhere.Variable, out var word)
            ? word.GetString()
            : null;
}
