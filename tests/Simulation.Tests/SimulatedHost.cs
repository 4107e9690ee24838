using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Disk;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;
using Microsoft.Extensions.Logging.Abstractions;
using Snapshot = GaleraGate.Daemon.Loop.Snapshot;

namespace GaleraGate.Simulation.Tests;

/// <summary>What a host meets at the gates of others.</summary>
internal enum Lie
{
    None,

    /// <summary>Something greets at each gate port.</summary>
    Open,

    /// <summary>Something refuses at each gate port.</summary>
    Closed,

    /// <summary>Something drops the packets.</summary>
    Unknown,

    /// <summary>Each attempt meets something else.</summary>
    Random,

    /// <summary>An attempt never ends, whatever cancels it.</summary>
    Silent,

    /// <summary>The server does not name the others.</summary>
    NotKnown,
}

/// <summary>
/// A host: a kernel, a disk, a server, and the real daemon on it, which is started, stopped and killed.
/// </summary>
internal sealed class SimulatedHost : IDisposable
{
    /// <summary>Small enough for a story to have many segments.</summary>
    private const long SegmentBytes = 32 << 10;

    /// <summary>A check of the clock, the second by which any check may be late, and some slack.</summary>
    private static readonly TimeSpan SurelyNoticed = TimeSpan.FromSeconds(1.5);

    private readonly VirtualTime _time;
    private readonly SuspendableTime _clock;
    private readonly Random _random;
    private readonly Scene _scene;
    private readonly Random _backends;
    private readonly Random _rare;
    private readonly SimulatedArchive? _archive;
    private readonly string _folder;
    private JournalFile? _file;
    private List<IDisposable> _tables = [];
    private VirtualTime.Life? _life;
    private TaskCompletionSource<string> _stop = new();
    private Task<long>? _running;
    private IReadOnlyList<Envelope>? _writing;
    private TimeSpan _diskHangsUntil;
    private TimeSpan _frozen;
    private bool _startsAgain;

    /// <summary>
    /// The time by which the stopping daemon must have ended. Null when no stop was requested, or when the daemon was
    /// frozen meanwhile.
    /// </summary>
    private TimeSpan? _mustEnd;
    private TaskCompletionSource<IReadOnlyList<HoldLook>>? _lookThatHangs;
    private TaskCompletionSource _lieEnds = new();
    private int _boot;

    /// <summary>When the lease was last refreshed. It stands for a file that does not survive a boot.</summary>
    private Instant? _refreshed;

    /// <param name="seed">Of what only some scenes have: backends, connections, lies.</param>
    public SimulatedHost(
        VirtualTime time,
        Random random,
        SimulatedServer server,
        string folder,
        Scene scene,
        int seed,
        SimulatedArchive? archive)
    {
        var (which, backends) = (scene.Backends, new Random(seed));
        (_time, _random, Server, _folder) = (time, random, server, Path.Combine(folder, $"n{server.Number}"));
        Name = $"n{server.Number}";
        (_scene, _backends, _rare, _archive) = (scene, backends, new Random(~seed), archive);
        Kernel = new SimulatedKernel(time, random, backends) { HasNftables = which != Backends.Iptables };
        Kernel.Nftables.KeepsTimeouts = which != Backends.Iptables && backends.Next(2) == 0;
        Clients = new ClientRecord(this, time);
        DataDisk = new SimulatedDataDisk(time, random);
        _clock = new SuspendableTime(time);
        _ = Directory.CreateDirectory(_folder);
    }

    /// <summary>Whether its daemon, or the next one, keeps the gate with nftables.</summary>
    public bool IsNative { get; private set; }

    public SimulatedServer Server { get; }

    public SimulatedKernel Kernel { get; }

    /// <summary>What the daemon probes if <see cref="ProbesDataDisk"/> is set.</summary>
    public SimulatedDataDisk DataDisk { get; }

    public bool ProbesDataDisk { get; set; }

    public DaemonProcess? Daemon { get; private set; }

    /// <summary>The state that this daemon shows.</summary>
    public LatestSnapshot? Latest { get; private set; }

    public bool DiskIsFull { get; set; }

    public Policy Policy { get; set; } = Policy.Default;

    /// <summary>The other hosts of the cluster, whose gates it may check.</summary>
    public IReadOnlyList<SimulatedHost> Others { get; set; } = [];

    public string Name { get; }

    public string Journal => Path.Combine(_folder, "journal");

    public const string HoldFile = "/etc/galeragate/hold";

    /// <summary>Whether root's hold file exists.</summary>
    public bool HasHoldFile { get; set; }

    /// <summary>The error that looking at the hold file gives; null when the look succeeds.</summary>
    public string? HoldFileTrouble { get; set; }

    /// <summary>Looking at the hold file does not return.</summary>
    public bool HoldFileHangs { get; set; }

    /// <summary>No client may be let in: the file exists, or it may exist.</summary>
    public bool IsHeldByFile => HasHoldFile || HoldFileTrouble is not null || HoldFileHangs;

    /// <summary>The file is gone, and looking at it works again.</summary>
    public void EndHoldFile()
    {
        (HasHoldFile, HoldFileTrouble, HoldFileHangs) = (false, null, false);
        if (_lookThatHangs is { } look)
        {
            _lookThatHangs = null;
            _life?.Run(() => look.TrySetResult([LookNow(HoldFile)]));
        }
    }

    public bool IsRunning => _life is { IsAlive: true };

    /// <summary>
    /// No daemon watches the gate: it is dead or frozen, or it has stopped and only waits for the disk.
    /// </summary>
    public bool IsUnwatched => _life is not { IsAlive: true, IsFrozen: false }
        || (Latest is { Current.Events: { Count: > 0 } events } && events.Any(one => one.Event is DaemonStopped));

    /// <summary>Since when the daemon has run without a freeze long enough that it must notice it.</summary>
    public TimeSpan WatchedSince { get; private set; }

    public void Freeze()
    {
        if (_life is { IsFrozen: false } life)
        {
            life.Freeze();
            (_frozen, _mustEnd) = (_time.Now, null);
        }
    }

    public void Thaw()
    {
        if (_life is { IsFrozen: true } life && !IsSuspended)
        {
            WatchedSince = _time.Now - _frozen > SurelyNoticed ? _time.Now : WatchedSince;
            life.Thaw();
        }
    }

    /// <summary>
    /// The host is suspended: daemon, server and kernel stand still, and only the clock that counts time since boot,
    /// suspended time included, keeps running.
    /// </summary>
    public bool IsSuspended { get; private set; }

    /// <summary>
    /// The opening in force when the host was suspended for longer than its lease, and when the host resumed.
    /// </summary>
    public (long Opened, TimeSpan Until)? SleptOver { get; set; }

    public void Suspend(double seconds)
    {
        const double WithinALook = 0.25;
        if (IsSuspended)
        {
            return;
        }

        var server = Server.IsRunning && !Server.IsFrozen;
        Freeze();
        (IsSuspended, Server.IsFrozen) = (true, Server.IsRunning);
        Kernel.Suspend();
        _time.After(seconds, () =>
        {
            IsSuspended = false;
            Kernel.Resume();
            _clock.Slept += TimeSpan.FromSeconds(seconds);
            Server.IsFrozen &= !server;
            var opened = seconds > Kernel.Length.TotalSeconds ? Latest?.Current.State.Opened : null;
            SleptOver = opened is { } seq ? (seq, _time.Now) : null;
            // Its timers continue with the time that they had left.
            _time.After(_random.NextDouble() * WithinALook, Thaw);
        });
    }

    public bool LetsIn => !IsSuspended && (Kernel.LetsIn(Family.Ipv4) || Kernel.LetsIn(Family.Ipv6));

    public bool IsWholeOpen => !IsSuspended && Kernel.LetsIn(Family.Ipv4) && Kernel.LetsIn(Family.Ipv6);

    public void HangDisk(double seconds) => _diskHangsUntil = _time.Now + TimeSpan.FromSeconds(seconds);

    /// <summary>How long the journal's disk takes for each write and sync.</summary>
    public TimeSpan FsyncTakes { get; set; }

    public void EndDiskTrouble()
    {
        (DiskIsFull, _diskHangsUntil, FsyncTakes) = (false, _time.Now, TimeSpan.Zero);
        DataDisk.EndTrouble();
    }

    public void Start()
    {
        if (IsRunning)
        {
            return;
        }

        if (IsSuspended)
        {
            _time.After(1, Start);
            return;
        }

        (WatchedSince, SleptOver, _startsAgain) = (_time.Now, null, false);
        DataDisk.Forget();
        Clients.Start();
        IsNative = _scene.Backends switch
        {
            Backends.Iptables => false,
            Backends.Nftables => true,
            _ => _backends.Next(3) == 0 ? !IsNative : IsNative,
        };

        _life = new VirtualTime.Life(_time);
        _stop = new TaskCompletionSource<string>();
        _life.Run(() =>
        {
            _file = JournalFile.Open(Journal, SegmentBytes);
            var (tables, families, lease) = MakeFirewall();
            var setup = new DaemonSetup
            {
                Policy = Policy,
                Families = families,
                CheckInterval = TimeSpan.FromMilliseconds(250),
                ProbeTimeout = SimulatedServer.ProbeTimeout,
                HoldFiles = [HoldFile],
                LookAtHoldFiles = LookAtHoldFiles,
                KeepRedirect = false,
                DiskProbe = ProbesDataDisk,
                LastRefresh = _refreshed,
                Refreshed = refreshed => _refreshed = refreshed,
            };
            var clock = Clock;
            var recorded = JournalReader.EventsFor(Journal, DateTimeOffset.MaxValue);
            Latest = new LatestSnapshot(Snapshot.AtStart(Name, Policy, recorded, _file.Seq));
            IProbe asking = !_scene.Connects ? Server
                : new GaleraProbe(
                    new SimulatedLink(Server, _clock, _random, _rare), SimulatedServer.ProbeTimeout, _clock);
            var probe = new LastResort(asking, MeetOthersAsync, Latest, clock);
            Daemon = new DaemonProcess(
                setup, Latest, clock, probe, tables, lease, null, _file, WriteAsync, NullLogger.Instance);
            var disk = new DiskProbe(
                "the data disk", SimulatedDataDisk.Deadline, DataDisk.TryAsync, Daemon.Outbox);
            Func<CancellationToken, Task>?[] beside =
            [
                ProbesDataDisk ? disk.RunAsync : null,
                probe.RunAsync,
                _archive is null ? null : Shipper(_archive, clock).RunAsync,
            ];
            _running = Daemon.RunAsync(_stop.Task, null, [.. beside.OfType<Func<CancellationToken, Task>>()]);
        });
    }

    private ArchiveShipper Shipper(SimulatedArchive archive, Clock clock) => new(
        archive,
        archive,
        Name,
        Shipping.JournalOf(Journal, _file!, Daemon!.Queue, clock, NullLogger.Instance),
        clock.Time);

    /// <summary>The archive has each event of the journal, once, as it is on disk.</summary>
    public void CheckArchive()
    {
        var there = _archive?.Of(Name).Select(one => one.Hash).ToList();
        var here = there is null
            ? null
            : Segment.Of(Journal).SelectMany(JournalReader.Lines).Select(line => line.Hash!).ToList();
        World.Must(
            there is null || there.SequenceEqual(here!),
            $"{Name}: the archive has {there?.Count} events and the journal has {here?.Count}, or others");
        World.Must(
            !Events.Any(one => one.Event is AuditGap or ArchiveRefused),
            $"{Name}: the journal calls events lost, or shipping refused");
    }

    /// <summary>Built as the daemon does it: its own backend, and what the other backend left.</summary>
    private (IFirewall Tables, IReadOnlyList<Family> Families, ILease Lease) MakeFirewall()
    {
        var rules = new GateRules(Name, 3308, 3306, [], false, Leased: true);
        IReadOnlyList<Family> both = [Family.Ipv4, Family.Ipv6];
        var iptables = new IptablesGate(
            rules, IsNative ? null : Kernel, Kernel.RunAsync, () => Kernel.Generation);
        if (_scene.Backends == Backends.Iptables)
        {
            _tables = [iptables];
            return (iptables, both, Kernel);
        }

        var nativeLease = new NativeLease(
            SimulatedNftables.Name, rules.GatePort, Kernel.Length, Kernel.Nftables);
        var native = new NativeGate(
            GateFirewall.Native(rules), IsNative ? nativeLease : null, Kernel.Nftables, _time);
        var over = IsNative
            ? new TakeOver(
                (native, [Family.Inet]), nativeLease, (iptables, both, Kernel), Kernel.RemoveSet, _time)
            : new TakeOver(
                (iptables, both), Kernel, (native, [Family.Inet], nativeLease), () => null, _time);
        _tables = [over, native, nativeLease, iptables];
        return IsNative
            ? (over, [Family.Inet], new TakenLease(nativeLease, Kernel))
            : (over, both, new TakenLease(Kernel, nativeLease));
    }

    /// <summary>
    /// kill -9 at whatever the daemon was doing: a write in progress reaches the disk up to a random byte.
    /// </summary>
    public void Kill()
    {
        if (!IsRunning)
        {
            return;
        }

        End();
    }

    /// <summary>The process is gone, and with it everything that was not on disk.</summary>
    private void End()
    {
        var isLost = Latest is { Current: var shown } && shown.State.Seq > shown.Memory.Synced;
        _life!.Kill();
        TearWrite();
        Close();
        if (isLost)
        {
            Clients.Forget(Events.LastOrDefault()?.At.Monotonic ?? TimeSpan.Zero);
        }
    }

    /// <summary>A write in progress when the process ended reaches the disk up to a random byte.</summary>
    private void TearWrite()
    {
        var segment = Segment.Of(Journal)[^1];
        if (_writing is { } batch && !DiskIsFull)
        {
            var before = new FileInfo(segment).Length;
            _file!.Append(batch);
            Close();
            // The write may have started a new segment. Then the first line of that segment is torn, or the segment is
            // empty.
            var last = Segment.Of(Journal)[^1];
            var whole = last == segment ? before : 0;
            using var torn = new FileStream(last, FileMode.Open);
            torn.SetLength(whole + _random.NextInt64(torn.Length - whole + 1));
        }
    }

    /// <summary>Sends SIGUSR2 and starts the next daemon as soon as this one has ended.</summary>
    public void HandOver()
    {
        _startsAgain = true;
        Stop(DaemonProcess.HandOver);
    }

    /// <summary>Sends SIGTERM, then kill -9 if the daemon takes too long, as a supervisor does.</summary>
    public void Stop(string signal = "SIGTERM")
    {
        const double SupervisorWaits = 15;
        var life = _life!;
        _mustEnd = IsUnwatched ? null : _time.Now + DaemonProcess.StopLimit;
        life.Run(() => _stop.TrySetResult(signal));
        _time.After(SupervisorWaits, () =>
        {
            if (life.IsAlive)
            {
                Kill();
            }
        });
    }

    /// <summary>The host loses power: every process on it is dead, and its tables are empty when it is back.</summary>
    public void LosePower()
    {
        Kill();
        Kernel.Boot();
        _refreshed = null;
        _boot++;
    }

    /// <summary>Removes a daemon that has ended. An exception that ended it fails the simulation.</summary>
    public void Attend()
    {
        if (_running is { IsCompleted: true } ended)
        {
            _ = ended.GetAwaiter().GetResult();
            End();
        }

        World.Must(
            !IsRunning || !(_time.Now > _mustEnd),
            $"{Name} was told to stop and is still there after {DaemonProcess.StopLimit.TotalSeconds} s");

        if (_startsAgain && !IsRunning)
        {
            _startsAgain = false;
            Start();
        }
    }

    public void Put(Signal signal) =>
        _life!.Run(() => _ = Daemon!.Queue.PutAsync(signal, CancellationToken.None).AsTask());

    public Instant Instant => Clock.Now();

    private Clock Clock => new(_clock, () => _time.Now, $"boot-{_boot}");

    /// <summary>The journal's lines are consistent, and fold to what the tables hold.</summary>
    public void CheckRecord(bool tablesToo)
    {
        var (seq, hash) = (0L, HashChain.Genesis);
        var state = new GateState();
        foreach (var line in Segment.Of(Journal).SelectMany(JournalReader.Lines))
        {
            World.Must(
                line.Hash is not null && line.Envelope is not null,
                $"{Name}: a line of the journal is damaged: {line.Problem}");
            World.Must(
                HashChain.Prev(line.Bytes.Span) == hash, $"{Name}: the chain is broken at #{line.Envelope!.Seq}");
            World.Must(line.Envelope!.Seq == ++seq, $"{Name}: #{line.Envelope.Seq} stands where #{seq} should");
            hash = line.Hash!;
            state = GateDecider.Evolve(state, line.Envelope);
        }

        if (tablesToo)
        {
            foreach (var family in Enum.GetValues<Family>())
            {
                // A redirect that another program made elsewhere in the tables does not belong to us.
                var there = Kernel
                    .Redirects(family)
                    .Where(rule => family == Family.Inet
                        || rule.StartsWith("-A GALERAGATE-3308 ", StringComparison.Ordinal));
                World.Must(
                    new RuleSet(there).Equals(state.Redirects.Of(family)),
                    $"{Name}: the record says [{string.Join("; ", state.Redirects.Of(family).Rules)}], the {family} "
                    + $"table holds [{string.Join("; ", there)}]");
            }
        }
    }

    public IEnumerable<Envelope> Events => JournalReader.Events(Journal);

    /// <summary>What clients meet at every moment, and whether the audit agrees.</summary>
    public ClientRecord Clients { get; }

    /// <summary>The audit's view of it, to explain a failure.</summary>
    public IEnumerable<string> Story(int most = 40) =>
        Timeline
            .Of(Events)
            .TakeLast(most)
            .Select(entry =>
                $"{entry.Envelope.At.Monotonic.TotalSeconds, 9:0.000} {Name} #{entry.Envelope.Seq} "
                + $"{entry.Envelope.Type}: {EventText.Brief(entry.Envelope.Event)}");

    /// <summary>How a poll would judge the server now.</summary>
    public Verdict Truth => Server.Truth(Policy.Fitness);

    public void Dispose()
    {
        _life?.Kill();
        Close();
    }

    /// <summary>What is met at the other gates instead of the truth.</summary>
    public Lie Lie
    {
        get;
        set
        {
            (LiedAt, field) = (_time.Now, value);
            var ended = _lieEnds;
            _lieEnds = new TaskCompletionSource();
            _life?.Run(ended.SetResult);
        }
    }

    /// <summary>When the lie last changed.</summary>
    public TimeSpan LiedAt { get; private set; } = TimeSpan.MinValue / 2;

    /// <summary>When every other gate was last met closed.</summary>
    public TimeSpan MetClosedAt { get; private set; } = TimeSpan.MinValue / 2;

    /// <summary>Checks each of the other gates; the lower number has precedence.</summary>
    private async Task<IReadOnlyList<OtherGateMet>> MeetOthersAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(1, 900)), _time, cancellationToken);
        if (Lie == Lie.Silent)
        {
            await _lieEnds.Task;
        }

        if (Lie == Lie.NotKnown)
        {
            throw new FormatException("the server does not say where the other nodes are");
        }

        IReadOnlyList<OtherGateMet> met =
            [.. Others.Select(other => new OtherGateMet(Told(other), other.Server.Number < Server.Number))];
        MetClosedAt = met.All(one => one.Met == GateMet.Closed) ? _time.Now : MetClosedAt;
        return met;
    }

    private GateMet Told(SimulatedHost other) => Lie switch
    {
        Lie.Open => GateMet.Open,
        Lie.Closed => GateMet.Closed,
        Lie.Unknown => GateMet.Unknown,
        Lie.Random => (GateMet)_rare.Next(3),
        _ => Met(other),
    };

    private static GateMet Met(SimulatedHost other) =>
        other.IsSuspended ? GateMet.Unknown
        : other.LetsIn ? GateMet.Open
        : GateMet.Closed;

    private Task<IReadOnlyList<HoldLook>> LookAtHoldFiles(IReadOnlyList<string> paths) => HoldFileHangs
        ? (_lookThatHangs = new TaskCompletionSource<IReadOnlyList<HoldLook>>()).Task
        : Task.FromResult<IReadOnlyList<HoldLook>>([.. paths.Select(LookNow)]);

    private HoldLook LookNow(string path) =>
        HoldFileTrouble is { } trouble ? HoldLook.Unknown(path, trouble)
        : HasHoldFile ? new HoldLook($"{path} is there", null)
        : default;

    private void Close()
    {
        _writing = null;
        _file?.Dispose();
        _tables.ForEach(one => one.Dispose());
        (_file, _running, _mustEnd, Daemon, Latest) = (null, null, null, null, null);
        _tables = [];
    }

    private async Task WriteAsync(IReadOnlyList<Envelope> batch)
    {
        _writing = batch;
        await Task.Delay(FsyncTakes + TimeSpan.FromMicroseconds(_random.Next(50, 5000)), _time);
        while (_time.Now < _diskHangsUntil)
        {
            // A delay below a millisecond is rounded down to no delay.
            await Task.Delay(_diskHangsUntil - _time.Now + TimeSpan.FromMilliseconds(1), _time);
        }

        _writing = null;
        if (DiskIsFull)
        {
            throw new IOException("No space left on device");
        }

        _file!.Append(batch);
    }
}
