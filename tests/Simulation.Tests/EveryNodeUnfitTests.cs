using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Simulation.Tests;

/// <summary>What remains of a cluster whose nodes are all unfit in ways that an operator may allow.</summary>
public sealed class EveryNodeUnfitTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(222041686)]
    public void Faults_of_all_kinds_with_a_last_resort_break_no_invariant(int seed) =>
        SimulationTests.Faults(seed, WithLastResort);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 5)]
    [InlineData(5, 5)]
    public void If_all_nodes_are_donors_one_opens_until_another_node_is_fit(int seed, int size) =>
        SimulationTests.InWorld(seed, size, world =>
        {
            world.Run(20);
            World.Must(world.Open == size, $"{world.Open} are open at the start");
            Desync(world.Hosts, on: true);
            world.Run(40);
            world.Also = () => World.Must(world.Open == 1, $"{world.Open} are open among donors alone");
            world.Run(300);
            world.Also = () => { };
            var last = world.Hosts.Single(host => host.LetsIn);
            // It closed and opened again, or never closed.
            Assert.Equal(Waiver.LastResort, last.Latest!.Current.State.Verdict!.Value.Waiver);

            Desync([world.Hosts.Last(host => host != last)], on: false);
            world.Run(20);
            World.Must(world.Open == 1 && !last.LetsIn, "the last resort is open beside a node that is synced");
            Desync(world.Hosts, on: false);
            world.Run(60);
            World.Must(world.Open == size, $"{world.Open} are open at the end");
            MustReplay(world);
        }, WithLastResort);

    /// <summary>Two donors and a synced node, whose gate the donors do not meet as it is.</summary>
    [Theory]
    [InlineData(nameof(Lie.Open))]
    [InlineData(nameof(Lie.Unknown))]
    [InlineData(nameof(Lie.Silent))]
    [InlineData(nameof(Lie.NotKnown))]
    public void A_donor_that_cannot_meet_the_others_stays_closed(string lie) =>
        SimulationTests.InWorld(8, 3, world =>
        {
            const double NoticesWithin = 16;
            world.Run(20);
            Tell(Enum.Parse<Lie>(lie));
            Desync(world.Hosts, on: true);
            world.Run(5);
            world.Also = () => World.Must(world.Open == 0, $"{world.Open} are open and could not meet the others");
            world.Run(60);
            world.Also = () => { };
            Tell(Lie.None);
            world.Run(40);
            World.Must(world.Open == 1, $"{world.Open} are open among donors that meet each other");
            Tell(Enum.Parse<Lie>(lie));
            world.Run(NoticesWithin);
            world.Also = () => World.Must(world.Open == 0, $"{world.Open} are open and no longer meet the others");
            world.Run(60);

            void Tell(Lie what) => world.Hosts.ForEach(host => host.Lie = what);
        }, WithLastResort);

    [Fact]
    public void A_lone_survivor_that_becomes_a_donor_stays_open() => SimulationTests.InWorld(7, 3, world =>
    {
        world.Run(20);
        world.Hosts.Skip(1).ToList().ForEach(host => world.Cluster.Kill(host.Server));
        world.Run(10);
        world.Also = () => World.Must(world.Hosts[0].LetsIn, "the lone survivor is closed");
        Desync([world.Hosts[0]], on: true);
        world.Run(60);
        Desync([world.Hosts[0]], on: false);
        world.Run(10);
    }, WithLastResort);

    [Fact]
    public void Without_last_resort_a_cluster_of_donors_is_closed() => SimulationTests.InWorld(7, 3, world =>
    {
        world.Run(20);
        Desync(world.Hosts, on: true);
        world.Run(5);
        world.Also = () => World.Must(world.Open == 0, $"{world.Open} are open");
        world.Run(60);
    });

    [Fact]
    public void Replicas_stay_open_through_a_short_source_loss_and_close_after_the_grace() =>
        SimulationTests.InWorld(9, 3, world =>
        {
            Replicate(world, ("replica_running", "ON"), ("replica_lag", "0"), ("replica_connecting", null));
            world.Run(20);
            world.Also = () => World.Must(world.Open == 3, $"only {world.Open} replicas are open");
            Lose();
            world.Run(Grace.TotalSeconds - 1);
            Find();
            world.Run(30);
            Lose();
            world.Run(Grace.TotalSeconds - 1);
            world.Also = () => { };
            world.Run(3);
            World.Must(world.Open == 0, $"{world.Open} replicas are open after the grace");
            world.Hosts.ForEach(host => MustHaveClosed(host, "replica-stopped"));
            Find();
            world.Run(10);
            World.Must(world.Open == 3, $"only {world.Open} replicas are open again");
            MustReplay(world);

            void Lose() => Replicate(
                world, ("replica_running", "OFF"), ("replica_lag", null), ("replica_connecting", "ON"));

            void Find() => Replicate(
                world, ("replica_running", "ON"), ("replica_lag", "0"), ("replica_connecting", null));
        }, policy => policy.With(new Dictionary<string, string>
        {
            ["mode"] = "replica",
            ["replica-grace"] = "10s",
        }));

    internal static Policy WithLastResort(Policy policy) =>
        policy.With(new Dictionary<string, string> { ["last-resort"] = "donor" });

    private static void Desync(IEnumerable<SimulatedHost> hosts, bool on)
    {
        foreach (var host in hosts)
        {
            host.Server.Desync(on);
        }
    }

    private static void Replicate(World world, params (string Name, string? Value)[] variables)
    {
        foreach (var host in world.Hosts)
        {
            host.Server.Set(variables);
        }
    }

    private static void MustHaveClosed(SimulatedHost host, string reason) => World.Must(
        host.Events.Select(envelope => envelope.Event).OfType<GateClosed>().Single().Reason == reason,
        $"{host.Name} did not close once, for {reason}");

    /// <summary>
    /// The record includes the state of the other gates, so the same policy decides the same from it.
    /// </summary>
    private static void MustReplay(World world)
    {
        world.Hosts.ForEach(host => host.Stop());
        world.Run(20);
        foreach (var host in world.Hosts)
        {
            Assert.Equal(
                Replay.Recorded(host.Events).Select(change => (change.Open, change.Reason)),
                Replay.Run(host.Events, policy => policy).Select(change => (change.Open, change.Reason)));
        }
    }
}
