using System.Runtime.CompilerServices;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Simulation.Tests;

/// <summary>Something happened that must never happen.</summary>
internal sealed class BrokenInvariantException(string message) : Exception(message);

/// <summary>
/// A cluster with a daemon on each host, random faults, and the rules that must hold at every moment. The seed
/// determines everything.
/// </summary>
internal sealed class World : IDisposable
{
    /// <summary>
    /// A poll, two hung probes, and the tables: the longest that an unfit node is open while its daemon runs. If the
    /// daemon does not run, the lease closes the gate.
    /// </summary>
    public TimeSpan LongestUnfit { get; set; } = TimeSpan.FromSeconds(3.5);

    /// <summary>A look at the hold file, and the longest time that it may take to answer.</summary>
    private static readonly TimeSpan LongestHeld = TimeSpan.FromSeconds(2 + 0.8);

    /// <summary>The same for a reason that closes at once, on a server that answers.</summary>
    private static readonly TimeSpan LongestUnfitAtOnce = TimeSpan.FromSeconds(0.8);

    /// <summary>A check of the clock, a turn of the loop, and the removal of the lease.</summary>
    private static readonly TimeSpan LongestSleptOver = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// How much longer a donor may stay open as the last resort once another node is open: two checks, and the time
    /// that the node with precedence leaves to the others.
    /// </summary>
    private static readonly TimeSpan LongestLastResort = Turns.Yield + TimeSpan.FromSeconds(4);

    private static readonly double[] OpenAfter = [0.5, 0.5, 2, 5];

    /// <summary>Makes other numbers of the same seed.</summary>
    private const int Other = 0x2f0b;

    private readonly string _folder;
    private readonly Scene _scene;

    /// <summary>The randomness of what only some scenes have.</summary>
    private readonly Random _rare;
    private readonly List<Watched> _watched;

    /// <param name="change">Changes the policy of every host.</param>
    public World(
        int seed, int? size = null, Func<Policy, Policy>? change = null, Scene? scene = null)
    {
        (Random, _scene, _rare) = (new Random(seed), scene ?? new Scene(), new Random(seed ^ Other));
        var nodes = size ?? (3 + (2 * Random.Next(3)));
        _folder = Directory
            .CreateDirectory(
                Path.Combine(
                    Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(),
                    $"galeragate-simulation-{Environment.ProcessId}-{seed}-{Guid.NewGuid():N}"))
            .FullName;
        Cluster = new SimulatedCluster(Time, Random, nodes);
        Archive = !_scene.Ships ? null : new SimulatedArchive(
            Time,
            new Random(seed - Other),
            (stream, seq) => JournalReader.HashAt(Hosts!.Single(host => host.Name == stream).Journal, seq));
        Hosts = [.. Cluster.Servers.Select(server => new SimulatedHost(
            Time, Random, server, _folder, _scene, (seed * 31) + server.Number, Archive))];
        _watched = [.. Hosts.Select(host => new Watched(host))];
        Cluster.Begin();
        foreach (var host in Hosts)
        {
            host.ProbesDataDisk = Random.Next(2) == 0;
            host.Policy = size is null ? WithOpenAfter(OpenAfter[Random.Next(OpenAfter.Length)]) : host.Policy;
            host.Policy = change?.Invoke(host.Policy) ?? host.Policy;
            host.Others = [.. Hosts.Where(other => other != host)];
            host.Start();
        }
    }

    public VirtualTime Time { get; } = new();

    public Random Random { get; }

    public SimulatedCluster Cluster { get; }

    public List<SimulatedHost> Hosts { get; }

    /// <summary>Null if nothing is shipped.</summary>
    public SimulatedArchive? Archive { get; }

    /// <summary>An additional check at every step.</summary>
    public Action Also { get; set; } = () => { };

    public int Open => Hosts.Count(host => host.LetsIn);

    public static void Must(bool condition, string what)
    {
        if (!condition)
        {
            throw new BrokenInvariantException(what);
        }
    }

    /// <summary>The words are only put together when the condition is false.</summary>
    public static void Must(
        bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref WordsIfBroken what)
    {
        if (!condition)
        {
            throw new BrokenInvariantException(what.ToString());
        }
    }

    public void Run(double seconds) => Time.RunUntil(Time.Now + TimeSpan.FromSeconds(seconds), Check);

    /// <summary>One fault, anywhere.</summary>
    public void Break()
    {
        if (Random.Next(2) == 0)
        {
            BreakServer();
        }
        else
        {
            BreakHost();
        }

        BreakMore();
    }

    /// <summary>One more fault, of what only some scenes have.</summary>
    private void BreakMore()
    {
        var host = Hosts[_rare.Next(Hosts.Count)];
        switch (_rare.Next(6))
        {
            case 0:
                Archive?.Break();
                host.Server.EndConnections();
                break;
            case 1 when _scene.PeersLie:
                host.Lie = (Lie)_rare.Next(Enum.GetValues<Lie>().Length);
                host.Server.Desync(_rare.Next(2) == 0);
                break;
            case 2 when _scene.PeersLie:
                host.Lie = Lie.None;
                host.Server.Desync(_rare.Next(4) > 0);
                break;
            case 3 when _scene.Restores && host is { IsWholeOpen: true }:
                host.Kernel.Save(host.IsNative);
                break;
            case 4 when _scene.Restores && !host.IsSuspended:
                host.Kernel.RestoreSaved(host.IsNative);
                break;
            case 5 when _scene.Connects && host.Server is { IsRunning: true } and not { IsFrozen: true }:
                (host.Server.IsFrozen, host.Server.Greets) = (true, _rare.Next(2) == 0);
                Time.After(_rare.NextDouble() * _rare.Next(1, 20), () => Unfreeze(host));
                break;
            default:
                break;
        }
    }

    /// <summary>The server goes on, once its host does.</summary>
    private void Unfreeze(SimulatedHost host)
    {
        host.Server.IsFrozen = host.IsSuspended;
        if (host.IsSuspended)
        {
            Time.After(1, () => Unfreeze(host));
        }
    }

    /// <summary>One fault of a server, or an operator's action.</summary>
    public void BreakServer()
    {
        var host = Hosts[Random.Next(Hosts.Count)];
        var server = host.Server;
        switch (Random.Next(12))
        {
            case 0:
                Cluster.Partition(server);
                break;
            case 1:
            case 2:
                Cluster.Rejoin(server, fullTransfer: Random.Next(3) == 0);
                break;
            case 3:
                Cluster.Kill(server);
                break;
            case 4:
                server.IsFrozen = server.IsRunning;
                break;
            case 5:
            case 6:
                server.IsFrozen = false;
                break;
            case 7:
                server.Set("read_only", Random.Next(2) == 0 ? "ON" : "OFF");
                break;
            case 8:
                server.Desync(Random.Next(2) == 0);
                break;
            case 9:
                server.Set("wsrep_sst_method", Random.Next(2) == 0 ? "xtrabackup-v2" : "rsync");
                break;
            case 10:
                Cluster.Blip(Random.NextDouble() * 3);
                break;
            case 11 when host.IsRunning:
                host.Put(
                    Random.Next(2) == 0
                        ? new HoldRequested(host.Instant, Holds.Operator, "root", "why")
                        : new HoldReleased(host.Instant, Holds.Operator, "root"));
                break;
            default:
                server.IsFrozen = false;
                break;
        }
    }

    public static Policy WithOpenAfter(double seconds) =>
        Policy.Default with { Gate = new GatePolicy { OpenAfter = TimeSpan.FromSeconds(seconds) } };

    /// <summary>One fault of the kernel, the disk, the daemon or the clock.</summary>
    private void BreakHost()
    {
        var host = Hosts[Random.Next(Hosts.Count)];
        switch (Random.Next(18))
        {
            case var _ when host.IsSuspended:
                break;
            case 0:
            case 1:
                host.Kernel.Meddle();
                break;
            case 2:
                host.Kernel.HoldLock(Random.NextDouble() * 5);
                break;
            case 3:
                host.Kernel.Fail(Random.NextDouble() * 4);
                break;
            case 4:
                host.DiskIsFull = Random.Next(2) == 0;
                break;
            case 5:
                host.HangDisk(Random.NextDouble() * 20);
                break;
            case 6:
                host.Kill();
                Time.After(Random.NextDouble() * 4, host.Start);
                break;
            case 7 when host.IsRunning:
                host.Stop();
                Time.After(Random.NextDouble() * 20, host.Start);
                break;
            case 8:
                host.Freeze();
                Time.After(Random.NextDouble() * 12, host.Thaw);
                break;
            case 9:
                host.LosePower();
                Cluster.Kill(host.Server);
                Time.After(Random.NextDouble() * 30, host.Start);
                break;
            case 10:
                host.FsyncTakes = TimeSpan.FromSeconds(Random.Next(3) == 0 ? 0 : Random.NextDouble() * 9);
                break;
            case 11 when host.IsRunning:
                host.HandOver();
                break;
            case 12 when host.IsRunning:
                FailOneFamily(host);
                host.HandOver();
                break;
            case 13 when host.IsRunning:
                FailOneFamily(host);
                host.Stop();
                Time.After(Random.NextDouble() * 20, host.Start);
                break;
            case 14:
                host.DataDisk.Hang(Random.NextDouble() * 20);
                host.Kill();
                host.Start();
                break;
            case 15:
                Sleep(host, Random.NextDouble() * 20);
                break;
            case 16:
                host.HasHoldFile = Random.Next(3) == 0;
                host.HoldFileTrouble = Random.Next(2) == 0 ? "Stale file handle" : null;
                host.HoldFileHangs = Random.Next(4) == 0;
                Time.After(Random.NextDouble() * 10, host.EndHoldFile);
                break;
            default:
                Time.WallOffset += TimeSpan.FromHours((Random.NextDouble() * 10) - 5);
                break;
        }
    }

    private void FailOneFamily(SimulatedHost host) =>
        host.Kernel.Fail(
            Random.NextDouble() * 10,
            Random.Next(2) == 0 ? Family.Ipv4
                : host.IsNative ? Family.Inet
                : Family.Ipv6);

    /// <summary>
    /// The others miss a host that sleeps for long; the host itself reports Synced until it notices that.
    /// </summary>
    private void Sleep(SimulatedHost host, double seconds)
    {
        const double Missed = 5;
        host.Suspend(seconds);
        Time.After(seconds, () =>
        {
            if (seconds > Missed)
            {
                Cluster.Partition(host.Server);
            }
        });
    }

    /// <summary>Ends all faults and gives everything the time it needs.</summary>
    public void Mend()
    {
        foreach (var host in Hosts)
        {
            host.EndDiskTrouble();
            host.EndHoldFile();
            host.Kernel.EndTrouble();
            host.Server.IsFrozen = false;
            host.Lie = Lie.None;
            host.Thaw();
        }

        Archive?.EndTrouble();

        // Runs until all are members again: a rejoin needs a donor that is synced.
        Run(40);
        for (var i = 0; i < 4; i++)
        {
            foreach (var host in Hosts)
            {
                host.Start();
                if (!host.Server.IsMember)
                {
                    Cluster.Rejoin(host.Server);
                }

                host.Server.Desync(false);
                host.Server.Set("read_only", "OFF");
                host.Put(new HoldReleased(host.Instant, Holds.Operator, "root"));
            }

            Run(20);
        }
    }

    /// <summary>With no fault left, every gate is open, and every record is complete and matches the tables.</summary>
    public void CheckConverged()
    {
        foreach (var host in Hosts)
        {
            Must(
                host.Truth.IsFit,
                $"{host.Name} is {EventWords(host)} after everything was mended: the simulation itself is wrong");
            var shown = host.Latest!.Current;
            var next = NextStep.Of(shown.State, shown.Memory, host.Instant).Words;
            Must(host.IsWholeOpen, $"{host.Name} is fit and not open: {next}\n{host.Kernel.Listing(Family.Ipv4)}");
            Must(
                host.Latest.Current.Memory.Synced == host.Latest.Current.State.Seq,
                $"{host.Name}: events are not on disk");
            host.CheckRecord(tablesToo: true);
            host.CheckArchive();
            host.Clients.CheckAudit();
        }
    }

    public void Dispose()
    {
        Hosts.ForEach(host => host.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private static string EventWords(SimulatedHost host) => Daemon.Text.EventText.Verdict(host.Truth);

    private void Check()
    {
        var now = Time.Now;
        foreach (var watched in _watched)
        {
            var host = watched.Host;
            host.Attend();
            var letsIn = host.LetsIn;
            var isInTrouble = host.Kernel.IsInTrouble;
            host.Clients.Look(letsIn, isInTrouble);
            var truth = host.Truth;
            // If the kernel accepts no change of nftables, including one to the lease, the lease expires.
            var isHelpless = host.IsNative && isInTrouble;
            // A daemon that is killed and starts at once knows nothing of the hold file, and a look may hang.
            var isNew = host.Daemon != watched.Daemon;
            watched.Daemon = host.Daemon;
            watched.Unwatched = host.IsUnwatched || isHelpless || isNew ? now : watched.Unwatched;
            // Removing another program's change takes a working iptables; the daemon's own rules end with their lease.
            var isOthers = host.Kernel.HasUnleased || now - host.Kernel.RestoredAt < host.Kernel.Length;
            var mayWait = !letsIn || (isOthers && (host.IsUnwatched || isInTrouble));
            var lease =
                now - watched.Unwatched < host.Kernel.Length + LongestUnfit ? host.Kernel.Length : TimeSpan.Zero;
            // A donor that blocks may be open while no other node is.
            var isDonor = host.Policy.Fitness.LastResortDonor && truth.Reasons == Reasons.DonorBlocking;
            var grace = truth.Reasons == Reasons.ReplicaStopped ? host.Policy.Fitness.ReplicaGrace : TimeSpan.Zero;
            var isLast = isDonor
                && (now - host.LiedAt < LongestLastResort || host.Lie != Lie.None
                    || !host.Others.Any(other => other.LetsIn));
            watched.Unmet = mayWait || !isDonor || host.IsUnwatched ? now : watched.Unmet;
            watched.Unmet = host.MetClosedAt > watched.Unmet ? host.MetClosedAt : watched.Unmet;
            // A donor has a limit of its own, and what it used of that does not count for the next reason.
            watched.Unfit = mayWait || isDonor || truth.IsFit ? now : watched.Unfit;
            watched.Beside = mayWait || isLast || !isDonor ? now : watched.Beside;
            watched.AtOnce = mayWait || truth.Pace != Pace.Immediate ? now : watched.AtOnce;
            CheckOpening(watched, letsIn);
            Must(
                now - watched.Unmet <= LongestUnfit + lease + LongestLastResort,
                $"{host.Name} is open as the last resort, and has not met every other gate closed for "
                + $"{(now - watched.Unmet).TotalSeconds:0.0} s");
            Must(
                now - watched.Unfit <= LongestUnfit + lease + grace,
                $"{host.Name} is open and has been unfit for {(now - watched.Unfit).TotalSeconds:0.0} s: "
                + $"{EventWords(host)}");
            Must(
                now - watched.Beside <= LongestUnfit + lease + LongestLastResort,
                $"{host.Name} is open as the last resort, and not alone for "
                + $"{(now - watched.Beside).TotalSeconds:0.0} s");
            watched.NotHeld = mayWait || !host.IsHeldByFile ? now : watched.NotHeld;
            Must(
                now - watched.NotHeld <= LongestHeld + lease,
                $"{host.Name} is open and its hold file is there, or may be");
            // A probe that hung when the server froze may still hang.
            Must(
                now - watched.AtOnce <= LongestUnfitAtOnce + SimulatedServer.ProbeTimeout + lease,
                $"{host.Name} is open for {(now - watched.AtOnce).TotalSeconds:0.0} s although "
                + $"{EventWords(host)} closes at once");
        }

        Also();
    }

    /// <summary>What an opening depends on, and what ends it.</summary>
    private void CheckOpening(Watched watched, bool letsIn)
    {
        var host = watched.Host;
        if (host is not { Daemon: { } daemon, Latest.Current: var shown })
        {
            watched.Opening = default;
            return;
        }

        var before = watched.Opening;
        before = before.Daemon == daemon ? before : (daemon, null, null);
        var (opened, granted) = (shown.State.Opened, Redirect.Granted(shown.State, shown.Memory));
        var isKept = granted == opened || before.Granted != opened;
        Must(isKept, $"{host.Name}: the opening #{opened} was granted and is withdrawn, and no close came between");
        if (opened != before.Opened && shown.Standing.GateEvent is { Event: GateOpened, At: var at })
        {
            var (seen, needed) = (Time.Now - host.WatchedSince, shown.State.OpenAfter);
            Must(seen >= needed, $"{host.Name} opens after {needed} of fitness and watched for {seen} ({at})");
            var isDiskKnown = host.DataDisk.HasAnswered || !host.ProbesDataDisk;
            Must(isDiskKnown, $"{host.Name} opens and its data disk has not answered yet");
        }

        watched.Opening = (daemon, opened, granted);
        if (host.SleptOver is { } slept)
        {
            host.SleptOver = host.IsUnwatched ? (slept.Opened, Time.Now) : opened == slept.Opened ? slept : null;
            var isThere = opened == slept.Opened && letsIn && !host.Kernel.HasUnleased;
            var isSoonOver = !isThere || Time.Now - slept.Until <= LongestSleptOver;
            Must(isSoonOver, $"{host.Name} lets in on #{opened}, which it slept over");
        }
    }

    /// <summary>Since when each rule would be broken if what is there now stays.</summary>
    private sealed class Watched(SimulatedHost host)
    {
        public SimulatedHost Host => host;

        public TimeSpan Unfit { get; set; }

        /// <summary>Since when a donor is open although another gate is.</summary>
        public TimeSpan Beside { get; set; }

        public TimeSpan AtOnce { get; set; }

        /// <summary>Since when a donor is open although the others were not met closed.</summary>
        public TimeSpan Unmet { get; set; }

        public TimeSpan NotHeld { get; set; }

        public TimeSpan Unwatched { get; set; } = TimeSpan.MinValue / 2;

        public DaemonProcess? Daemon { get; set; }

        public (DaemonProcess? Daemon, long? Opened, long? Granted) Opening { get; set; }
    }
}
