using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// Faults that random runs hit too rarely, each played on purpose: of the lease, of the disks, of a stop that has to
/// wait, and of the clocks.
/// </summary>
public sealed class HardFaultTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(8)]
    public void A_slow_journal_disk_never_withdraws_an_opening(double fsync) => Alone(SlowSyncs(fsync), (world, host) =>
    {
        Await(world, () => host.IsWholeOpen, "the gate opens");
        world.Also = () => World.Must(host.IsWholeOpen, "the gate of a fit node is closed");
        world.Run(60);
    });

    [Theory]
    [InlineData(Family.Ipv4)]
    [InlineData(Family.Ipv6)]
    public void A_hand_over_that_waits_for_a_family_keeps_judging(Family one) => Alone(Failing(one), (world, host) =>
    {
        Await(world, () => host.LetsIn, "one family opens");
        host.HandOver();
        world.Run(0.3);
        World.Must(host.LetsIn, "a hand-over of a fit node closes nothing");
        host.Server.Set("read_only", "ON");
        world.Run(0.5);
        World.Must(!host.LetsIn, "the gate of a node that is read-only is open during a hand-over");
        world.Run(20);
    });

    [Theory]
    [InlineData(1.6)]
    [InlineData(4)]
    [InlineData(12)]
    public void A_freeze_in_any_phase_is_not_counted_as_fit(double frozen) => Alone(OpeningAfter5S, (world, host) =>
    {
        for (var after = 0.0; after < 6; after += 0.11)
        {
            host.Freeze();
            world.Run(frozen);
            host.Thaw();
            Await(world, () => host.IsWholeOpen, "the gate opens again");
            host.Kill();
            world.Run(host.Kernel.Length.TotalSeconds + 0.1);
            host.Start();
            world.Run(after);
        }
    });

    /// <summary>The rules of the connector: no token ends a call, and not every socket is found.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_server_that_freezes_in_any_phase_of_a_poll_closes_the_gate_in_time(bool greets) =>
        Alone(AsItIs, (world, host) =>
        {
            host.Server.Greets = greets;
            for (var after = 0.0; after < 0.3; after += 0.0037)
            {
                Await(world, () => host.IsWholeOpen, "the gate opens");
                world.Run(after);
                host.Server.IsFrozen = true;
                // The rules at every step say when it must be closed.
                Await(world, () => !host.LetsIn, "the gate closes");
                world.Run(world.Random.NextDouble() * 8);
                host.Server.IsFrozen = false;
            }
        }, new Scene { Connects = true });

    [Fact]
    public void A_server_whose_backlog_is_full_is_frozen_and_not_down() => Alone(AsItIs, (world, host) =>
    {
        Await(world, () => host.IsWholeOpen, "the gate opens");
        host.Server.IsFrozen = true;
        world.Run(600);
        host.Server.IsFrozen = false;
        Await(world, () => host.IsWholeOpen, "the gate opens again");
        host.Stop();
        world.Run(1);
        var closed = host.Events.Select(envelope => envelope.Event).OfType<GateClosed>().First();
        World.Must(closed.Reason == "timeout", $"the gate closed because of {closed.Reason}");
        World.Must(
            !host.Events.Any(one => one.Event is NodeStateChanged { To: NodeState.Unreachable }),
            "a frozen server is called unreachable");
    }, new Scene { Connects = true });

    [Fact]
    public void A_server_that_ends_the_kept_connection_closes_nothing() => Alone(AsItIs, (world, host) =>
    {
        Await(world, () => host.IsWholeOpen, "the gate opens");
        world.Also = () => World.Must(host.LetsIn, "the gate of a fit node is closed");
        for (var i = 0; i < 50; i++)
        {
            host.Server.EndConnections();
            world.Run(world.Random.NextDouble() * 3);
        }
    }, new Scene { Connects = true });

    [Fact]
    public void Each_event_reaches_the_archive_once_whatever_fails_meanwhile() => Alone(AsItIs, (world, host) =>
    {
        var archive = world.Archive!;
        foreach (var trouble in Enum.GetValues<ArchiveTrouble>())
        {
            archive.Fail(trouble, 90);
            for (var i = 0; i < 10; i++)
            {
                host.Server.Set("read_only", i % 2 == 0 ? "ON" : "OFF");
                world.Run(9);
            }

            World.Must(archive.Met.Contains(trouble), $"no call met {trouble}");
        }

        archive.EndTrouble();
        world.Run(120);
        host.CheckArchive();
        World.Must(archive.Of(host.Name).Count > 100, $"the story has only {archive.Of(host.Name).Count} events");
    }, new Scene { Ships = true });

    [Theory]
    [InlineData(6)]
    [InlineData(3600)]
    public void A_suspended_host_resumes_closed_and_opens_after_rise(double seconds) => Alone(AsItIs, (world, host) =>
    {
        Await(world, () => host.IsWholeOpen, "the gate opens");
        host.Suspend(seconds);
        world.Run(seconds + 0.5);
        World.Must(!host.LetsIn, "the gate is open on what was seen before");
        Await(world, () => host.IsWholeOpen, "the gate opens again");
        host.Stop();
        world.Run(1);
        World.Must(host.Events.Any(envelope => envelope.Event is LoopStalled), "the stall is recorded");
        World.Must(host.Events.Any(envelope => envelope.Event is LeaseLapsed), "the end of the lease is recorded");
    });

    [Fact]
    public void A_data_disk_that_hangs_at_start_keeps_the_gate_closed() => Alone(HangAtTheStart, (world, host) =>
    {
        bool IsKnown() => !host.LetsIn || host.DataDisk.HasAnswered;
        world.Also = () => World.Must(IsKnown(), "the gate is open and the data disk has not answered");
        world.Run(20);
        Await(world, () => host.IsWholeOpen, "the gate opens once the disk answers");

        // A gate that is taken over gets the same time as any debounced reason.
        world.Also = () => { };
        host.DataDisk.Hang(20);
        host.HandOver();
        world.Run(3);
        World.Must(!host.LetsIn, "the gate is open on a disk that has kept silent since the daemon began");
        host.Kill();
        World.Must(host.Events.Any(envelope => envelope.Event is GateAdopted), "the gate was taken over");
    });

    [Fact]
    public void A_hand_over_with_a_probed_data_disk_refuses_no_client() => Alone(ProbingItsDisk, (world, host) =>
    {
        Await(world, () => host.IsWholeOpen, "the gate opens");
        world.Also = () => World.Must(host.IsWholeOpen, "the gate of a fit node is closed");
        for (var i = 0; i < 20; i++)
        {
            host.HandOver();
            world.Run(world.Random.NextDouble() * 3);
        }
    });

    [Fact]
    public void A_data_disk_that_is_always_late_never_counts_as_healthy() => Alone(ProbingItsDisk, (world, host) =>
    {
        Await(world, () => host.IsWholeOpen, "the gate opens");
        host.DataDisk.Takes = TimeSpan.FromSeconds(8);
        world.Run(5 + 5 + 2);
        world.Also = () => World.Must(!host.LetsIn, "the gate is open between two writes of 8 s each");
        world.Run(120);
        world.Also = () => { };
        host.DataDisk.EndTrouble();
        Await(world, () => host.IsWholeOpen, "the gate opens once the disk is in time");
    });

    [Fact]
    public void With_a_long_close_after_a_frozen_server_does_not_end_the_lease()
    {
        var policy = Policy.Default with { Gate = new GatePolicy { CloseAfter = TimeSpan.FromSeconds(60) } };
        Alone(host => host.Policy = policy, (world, host) =>
        {
            world.LongestUnfit = TimeSpan.FromSeconds(66);
            Await(world, () => host.IsWholeOpen, "the gate opens");
            host.Server.IsFrozen = true;
            world.Run(50);
            World.Must(host.LetsIn, "the gate is open for as long as close-after says");
            world.Run(30);
            host.Stop();
            world.Run(1);
            var events = host.Events.Select(envelope => envelope.Event).ToList();
            World.Must(!events.OfType<LeaseLapsed>().Any(), "the journal blames the daemon");
            World.Must(events.OfType<GateClosed>().Any(e => e.Reason == "timeout"), "the gate closed for the timeouts");
        });
    }

    [Fact]
    public void A_wall_clock_that_jumps_closes_no_gate_and_delays_no_opening() => Alone(AsItIs, (world, host) =>
    {
        foreach (var jump in new[] { -86_400, -3600, -5, -1, 1, 2, 5, 30, 3600, 86_400 })
        {
            Await(world, () => host.IsWholeOpen, "the gate opens");
            world.Also = () => World.Must(host.IsWholeOpen, $"the gate of a fit node closed after a jump by {jump} s");
            world.Time.WallOffset += TimeSpan.FromSeconds(jump);
            world.Run(10);
            world.Also = () => { };
            host.Server.Set("read_only", "ON");
            world.Run(1);
            host.Server.Set("read_only", "OFF");
            world.Time.WallOffset += TimeSpan.FromSeconds(jump);
            world.Run(200);
        }
    });

    private static void AsItIs(SimulatedHost host)
    {
    }

    private static Action<SimulatedHost> SlowSyncs(double seconds) =>
        host => host.FsyncTakes = TimeSpan.FromSeconds(seconds);

    private static Action<SimulatedHost> Failing(Family family) => host => host.Kernel.Fail(30, family);

    private static void OpeningAfter5S(SimulatedHost host) => host.Policy = World.WithOpenAfter(5);

    private static void ProbingItsDisk(SimulatedHost host) => host.ProbesDataDisk = true;

    private static void HangAtTheStart(SimulatedHost host)
    {
        host.ProbesDataDisk = true;
        host.DataDisk.Hang(12);
    }

    /// <summary>
    /// One node whose daemon starts from the prepared state, with nothing left in memory from the one before.
    /// </summary>
    private static void Alone(
        Action<SimulatedHost> prepare, Action<World, SimulatedHost> play, Scene? scene = null)
    {
        const int Seed = 5;
        SimulationTests.InWorld(Seed, 1, world =>
        {
            var host = world.Hosts[0];
            host.ProbesDataDisk = false;
            host.Kill();
            world.Run(host.Kernel.Length.TotalSeconds + 1);
            prepare(host);
            host.Start();
            play(world, host);
        }, scene: scene);
    }

    private static void Await(World world, Func<bool> condition, string what)
    {
        const double Limit = 60;
        for (var waited = 0.0; !condition(); waited += 0.1)
        {
            World.Must(waited < Limit, $"{what}: not within {Limit} s");
            world.Run(0.1);
        }
    }
}
