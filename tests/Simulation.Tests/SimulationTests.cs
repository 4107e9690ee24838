using System.Diagnostics;
using System.Globalization;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// The real daemon in a simulated world, where hours pass in moments. SIMULATION_SEED=N replays one history;
/// SIMULATION_SECONDS=N runs fresh seeds for that long.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private static readonly double FreshSeconds =
        double.Parse(Environment.GetEnvironmentVariable("SIMULATION_SECONDS") ?? "10", CultureInfo.InvariantCulture);

    /// <summary>Seeds that once found a fault, and some that never did.</summary>
    public static TheoryData<int> KeptSeeds() =>
        Environment.GetEnvironmentVariable("SIMULATION_SEED") is { } seed
            ? [int.Parse(seed, CultureInfo.InvariantCulture)]
            : [1, 2, 3, 4, 5, 6, 7, 8, 222041686, 615430786, 730861892, 2037695824];

    /// <summary>The same with daemons that use nftables or change from one backend to the other.</summary>
    public static TheoryData<int, Backends> KeptSeedsOfBackends()
    {
        if (Environment.GetEnvironmentVariable("SIMULATION_SEED") is { } given)
        {
            var seed = int.Parse(given, CultureInfo.InvariantCulture);
            return new() { { seed, Backends.Nftables }, { seed, Backends.Mixed } };
        }

        return new()
        {
            { 1, Backends.Nftables },
            { 1, Backends.Mixed },
            // Found: the previous backend's rules were gone when a daemon with the other one started.
            { 4, Backends.Mixed },
            // Found: a stop of a daemon that had been frozen for longer than its lease hid that the lease had expired.
            { 1623411583, Backends.Mixed },
        };
    }

    /// <summary>The same with everything that a scene can have.</summary>
    public static TheoryData<int, Backends> KeptSeedsOfAll()
    {
        if (Environment.GetEnvironmentVariable("SIMULATION_SEED") is { } given)
        {
            var seed = int.Parse(given, CultureInfo.InvariantCulture);
            return new() { { seed, Backends.Iptables }, { seed, Backends.Nftables }, { seed, Backends.Mixed } };
        }

        return new()
        {
            { 1, Backends.Iptables },
            { 2, Backends.Nftables },
            { 3, Backends.Mixed },
            // Found, both in the rules of the simulation itself: the time of a donor counted for its next reason; rules
            // were put back again and again while no daemon could act.
            { 1881979639, Backends.Nftables },
            { 1290210615, Backends.Iptables },
            // Found: a host that slept for longer than its lease before its daemon's first refresh stayed open on it.
            { 657743064, Backends.Iptables },
        };
    }

    [Theory]
    [MemberData(nameof(KeptSeedsOfBackends))]
    public void Faults_with_nftables_or_a_change_of_backend_break_no_invariant(int seed, Backends backends) =>
        Faults(seed, scene: new Scene(backends));

    /// <summary>The same with an archive, a connection, saved rules and lies.</summary>
    [Theory]
    [MemberData(nameof(KeptSeedsOfAll))]
    public void Faults_of_the_archive_the_connection_and_others_break_no_invariant(int seed, Backends backends)
    {
        _ = Faults(seed, null, Scene.WithAll(backends));
        _ = Faults(seed, EveryNodeUnfitTests.WithLastResort, Scene.WithAll(backends));
    }

    [Theory]
    [MemberData(nameof(KeptSeeds))]
    public void Faults_of_all_kinds_break_no_invariant_and_leave_nothing_behind(int seed) => Faults(seed);

    [Fact]
    public void Faults_with_fresh_seeds_break_no_invariant()
    {
        var (started, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var (worlds, hours) = (0, 0.0);
        // A slow machine tries each backend too.
        var least = Enum.GetValues<Backends>().Length;
        while (worlds < least || Stopwatch.GetElapsedTime(started).TotalSeconds < FreshSeconds)
        {
            hours += Faults(Random.Shared.Next(), FreshPolicy(worlds), FreshScene(worlds));
            worlds++;
        }

        var used = Environment.CpuUsage.TotalTime - before;
        output.WriteLine(
            $"{worlds} worlds, {hours:0.0} virtual hours, "
            + $"{hours / Stopwatch.GetElapsedTime(started).TotalSeconds:0.00} virtual hours a second, "
            + $"{hours / used.TotalSeconds:0.00} a second of CPU");
    }

    /// <summary>Each backend; alone, with everything, and with everything beside a last resort.</summary>
    private static Scene FreshScene(int number)
    {
        var count = Enum.GetValues<Backends>().Length;
        var backends = (Backends)(number % count);
        return number / count % 3 == 0 ? new Scene(backends) : Scene.WithAll(backends);
    }

    private static Func<Policy, Policy>? FreshPolicy(int number) =>
        number / Enum.GetValues<Backends>().Length % 3 == 2 ? EveryNodeUnfitTests.WithLastResort : null;

    /// <summary>A poll leaks no memory. SIMULATION_POLLS=1000000 takes the time of a million polls.</summary>
    [Fact]
    public void Memory_stays_constant_however_long_it_polls() => InWorld(1, 1, world =>
    {
        const double Interval = 0.25;
        const long Slack = 512 << 10;
        var polls = double.Parse(
            Environment.GetEnvironmentVariable("SIMULATION_POLLS") ?? "50000", CultureInfo.InvariantCulture);
        world.Run(polls / 10 * Interval);
        var (before, probes) = (GC.GetTotalMemory(forceFullCollection: true), world.Hosts[0].Server.Polls);
        world.Run(polls * Interval);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{world.Hosts[0].Server.Polls - probes} polls, {grown} bytes");
        World.Must(
            grown < Slack && world.Hosts[0].Server.Polls - probes > polls * 0.9,
            $"{grown} bytes are left of {world.Hosts[0].Server.Polls - probes} polls");
    });

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void During_a_rolling_restart_of_neighbours_all_but_two_gates_are_open(int size) =>
        InWorld(
            size,
            size,
            world =>
    {
        world.Run(20);
        Assert.Equal(size, world.Open);
        world.Also = () => World.Must(world.Open >= size - 2, $"only {world.Open} of {size} are open");
        for (var round = 0; round < 5; round++)
        {
            foreach (var host in world.Hosts)
            {
                world.Cluster.Kill(host.Server);
                world.Run(5);
                world.Cluster.Rejoin(host.Server);
                world.Run(40);
                World.Must(world.Open == size, $"{world.Open} of {size} are open 40 s after {host.Name} came back");
            }
        }
    });

    [Theory]
    [InlineData(0.3)]
    [InlineData(2)]
    public void Cluster_wide_blips_keep_the_gates_closed_no_longer_than_the_cap(double blip) =>
        InWorld(
            11,
            3,
            world =>
    {
        const double CapAndRise = 5 + 1.5 + 0.5;
        world.Run(20);
        for (var i = 0; i < 20; i++)
        {
            world.Cluster.Blip(blip);
            world.Run(blip + 2);
            var dark = 0.0;
            for (; world.Open < 3; dark += 0.25)
            {
                world.Run(0.25);
                World.Must(
                    dark <= CapAndRise,
                    $"blip {i}: {world.Open} of 3 are open {dark} s after the cluster was whole again");
            }

            world.Run(1);
        }
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Replaying_the_journal_with_its_policy_gives_the_recorded_decisions(int seed) =>
        InWorld(
            seed,
            3,
            world =>
    {
        world.Run(10);
        for (var i = 0; i < 60; i++)
        {
            world.Run(world.Random.NextDouble() * 8);
            world.BreakServer();
        }

        world.Hosts.ForEach(host => host.Stop());
        world.Run(20);
        foreach (var host in world.Hosts)
        {
            var recorded = Replay.Recorded(host.Events).ToList();
            var again = Replay.Run(host.Events, policy => policy);
            Assert.NotEmpty(recorded);
            Assert.Equal(
                recorded.Select(change => (change.Open, change.Reason)),
                again.Select(change => (change.Open, change.Reason)));
            Assert.All(
                recorded.Zip(again),
                pair =>
                    Assert.InRange(
                        (pair.First.At.Monotonic - pair.Second.At.Monotonic).Duration().TotalSeconds, 0, 0.26));
        }
    });

    [Theory]
    [MemberData(nameof(KeptSeeds))]
    public void Without_other_programs_there_is_no_drift_however_commands_end(int seed) =>
        InWorld(
            seed,
            3,
            world =>
    {
        // Slow commands are often overtaken by the next wish and killed half-way.
        world.Hosts.ForEach(host => host.Kernel.SlowestCommand = 600);
        world.Run(10);
        for (var i = 0; i < 100; i++)
        {
            world.Run(world.Random.NextDouble() * 3);
            world.BreakServer();
            var kernel = world.Hosts[world.Random.Next(3)].Kernel;
            switch (world.Random.Next(12))
            {
                case 0:
                    kernel.HoldLock(world.Random.NextDouble() * 4);
                    break;
                case 1:
                    kernel.Fail(world.Random.NextDouble() * 2);
                    break;
                default:
                    break;
            }
        }

        world.Mend();
        world.CheckConverged();
        foreach (var drift in world
            .Hosts.SelectMany(host => host.Events)
            .Where(envelope => envelope.Event is DriftFound))
        {
            World.Must(false, $"{drift.Node} #{drift.Seq}: {drift.Event}");
        }
    });

    /// <summary>To the byte: each line of a journal holds the hash of the one before.</summary>
    [Theory]
    [InlineData(Backends.Iptables)]
    [InlineData(Backends.Nftables)]
    [InlineData(Backends.Mixed)]
    public void The_same_seed_gives_the_same_history(Backends backends)
    {
        var first = History(17, new Scene(backends));
        var whole = History(17, Scene.WithAll(backends));

        Assert.Equal(first, History(17, new Scene(backends)));
        Assert.Equal(whole, History(17, Scene.WithAll(backends)));
        Assert.NotEqual(first, History(18, new Scene(backends)));
        Assert.NotEqual(first, whole);
    }

    /// <summary>The gate waits for no archive, and decides nothing by it.</summary>
    [Theory]
    [InlineData(1, Backends.Iptables)]
    [InlineData(2, Backends.Mixed)]
    [InlineData(3, Backends.Nftables)]
    public void An_archive_that_fails_in_every_way_changes_no_journal(int seed, Backends backends) =>
        Assert.Equal(
            History(seed, new Scene(backends)), History(seed, new Scene(backends) { Ships = true }));

    private static List<string> History(int seed, Scene scene)
    {
        using var world = new World(seed, scene: scene);
        for (var i = 0; i < 60; i++)
        {
            world.Run(world.Random.NextDouble() * 4);
            world.Break();
            // A daemon that a fault ended is missed now, and not when something else happens next.
            world.Time.After(TimeSpan.Zero, () => { });
        }

        var ends = world.Hosts.Select(host => JournalReader.HashAt(host.Journal, host.Events.Last().Seq));
        return [.. world.Hosts.SelectMany(host => host.Story(int.MaxValue)), .. ends.Select(hash => $"{hash}")];
    }

    /// <summary>Faults for some virtual minutes, then none; returns the virtual hours.</summary>
    internal static double Faults(
        int seed, Func<Policy, Policy>? change = null, Scene? scene = null)
    {
        var hours = 0.0;
        InWorld(seed, null, world =>
        {
            world.Run(10);
            var pace = 0.2 + (world.Random.NextDouble() * 10);
            for (var i = 0; i < 120; i++)
            {
                world.Run(world.Random.NextDouble() * pace);
                world.Break();
            }

            world.Mend();
            world.Run(60);
            world.CheckConverged();
            hours = world.Time.Now.TotalHours;
        }, change, scene);
        return hours;
    }

    internal static void InWorld(
        int seed,
        int? size,
        Action<World> play,
        Func<Policy, Policy>? change = null,
        Scene? scene = null)
    {
        using var world = new World(seed, size, change, scene);
        try
        {
            play(world);
        }
        catch (Exception e) when (e is not XunitException)
        {
            var story = world.Hosts.SelectMany(host => host.Story()).Order(StringComparer.Ordinal).TakeLast(80);
            throw new XunitException(
                $"SIMULATION_SEED={seed} with {scene ?? new Scene()}, at {world.Time.Now.TotalSeconds:0.000} s: {e}\n"
                + string.Join('\n', story));
        }
    }
}
