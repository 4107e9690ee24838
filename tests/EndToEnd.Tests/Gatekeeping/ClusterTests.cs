using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>Behaviour that involves several nodes at once.</summary>
[Collection(nameof(ThreeNodes))]
public sealed class ClusterTests
{
    private readonly ThreeNodes _three;

    public ClusterTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew(afterFaults: true);
    }

    [Fact]
    public void A_rolling_restart_makes_six_gate_changes_and_two_nodes_stay_open()
    {
        // On a busy machine a late answer would add gate changes of its own.
        var gates = _three.Cluster.Nodes.Select(node => GateDaemon.Start(node, "--probe-timeout", "3s")).ToList();
        try
        {
            foreach (var node in _three.Cluster.Nodes)
            {
                GatePort.Await(_three.Client, node.Address, Meets.Server, 20);
            }

            var (fewest, rounds) = (3, 0);
            using (new Watch(() =>
            {
                fewest = Math.Min(
                    fewest,
                    _three.Cluster.Nodes.Count(node =>
                        GatePort.Meet(_three.Client, node.Address, milliseconds: 20_000) == Meets.Server));
                _ = Interlocked.Increment(ref rounds);
            }))
            {
                foreach (var node in _three.Cluster.Nodes)
                {
                    node.Stop();
                    node.Start();
                    node.AwaitSynced();
                    GatePort.Await(_three.Client, node.Address, Meets.Server, 30);
                    // A round must not meet this node before it opened and the next after it stopped.
                    var before = Volatile.Read(ref rounds);
                    Shell.Await(() => Volatile.Read(ref rounds) > before + 1, TimeSpan.FromSeconds(60), "two rounds");
                }
            }

            // Each node's own close and opening, plus the opening at the start.
            Assert.All(
                gates.Select(Record.GateChanges),
                changes => Assert.True(changes.Count == 3, string.Join(", ", changes)));
            Assert.Equal(2, fewest);
        }
        finally
        {
            gates.ForEach(gate => gate.Stop());
            gates.ForEach(Record.MustHold);
            gates.ForEach(gate => gate.Dispose());
        }
    }

    [Theory]
    [InlineData("xtrabackup-v2", 0)]
    [InlineData("rsync", 1)]
    public void A_full_transfers_donor_stays_open_only_with_a_nonblocking_method(
        string method, int closes)
    {
        var (donor, joiner, bystander) = (_three.Node(1), _three.Node(2), _three.Node(3));
        Fill(donor);
        using var gate = GateDaemon.Start(donor);
        GatePort.Await(_three.Client, donor.Address, Meets.Server, 20);
        donor.SetSstMethod(method);
        bystander.SetSstMethod(method);
        try
        {
            // The group chooses the joiner's donor; it does not choose a bystander that is desynced.
            bystander.Desync(true);
            joiner.RejoinByStateTransfer(method);
            joiner.AwaitSynced();
        }
        finally
        {
            bystander.Desync(false);
            donor.SetSstMethod("rsync");
            bystander.SetSstMethod("rsync");
            joiner.Configure("rsync");
        }

        GatePort.Await(_three.Client, donor.Address, Meets.Server, 60);
        gate.Stop();
        Record.MustHold(gate);
        Assert.Contains(
            gate.Events(nameof(NodeStateChanged)), e => e.GetProperty("data").GetProperty("to").GetString() == "Donor");
        Assert.Equal(
            closes,
            gate.Events(nameof(GateClosed))
                .Count(e => e.GetProperty("data").GetProperty("reason").GetString() == "donor-blocking"));
    }

    /// <summary>Enough data for a transfer to take seconds.</summary>
    private static void Fill(ClusterNode node)
    {
        if (node.Query("SELECT COUNT(*) FROM app.t", 0) == "0")
        {
            node.Execute("ALTER TABLE app.t ADD COLUMN IF NOT EXISTS pad LONGTEXT");
            for (var i = 0; i < 40; i++)
            {
                node.Execute("INSERT INTO app.t (v, pad) SELECT seq, REPEAT(MD5(RAND()), 32768) FROM app.seq_1_to_8");
            }
        }
    }
}
