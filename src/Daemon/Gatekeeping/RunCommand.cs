using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Http;
using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Pages;
using GaleraGate.Daemon.Systemd;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Connections;
using GaleraGate.Infrastructure.Disk;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>The daemon, in the foreground.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Watch the server and keep the gate, in the foreground, until SIGTERM");
        var settings = SettingsFor(command);
        command.SetAction(async (parsed, _) => await Patience.RunAsync(
            () => Task.FromResult(Work(settings.With(parsed), () => settings.With(parsed), new Guise { Logging = Logging }))));
        return command;
    }

    /// <summary>Gives a command the options of a daemon.</summary>
    public static Settings SettingsFor(Command command) => Settings.For(command, OptionTable.Gate, OptionTable.Server, OptionTable.Policy);

    /// <summary>Runs the daemon, on this thread, until it is told to stop.</summary>
    public static int Work(Settings settings, Func<Settings> readAnew, Guise guise) =>
        LoopThread.Run(loop => RunAsync(settings, readAnew, guise, Clock.OfThisHost(loop.Time, loop.Chores)));

    private static async Task<int> RunAsync(Settings settings, Func<Settings> readAnew, Guise guise, Clock clock)
    {
        var policy = settings.Policy();
        var rules = RulesOf(settings);
        var server = guise.Server(settings);
        // Whatever is wrong with the configuration is said before anything is begun.
        var archive = settings.Text(OptionTable.Archive.Name).Length > 0 ? ArchiveAddress.Of(settings) : null;
        // A dry run touches no table: it may watch beside the daemon that does.
        using var alone = settings.Flag("dry-run") ? null : GateLock.Take(rules.GatePort);
        using var lease = LeaseOf(settings, rules.GatePort, out var noLease);
        rules = rules with { Leased = lease is not null };
        using var refreshes = lease is null ? null : RefreshFile.Open(GateLock.FileOf(rules.GatePort, "refreshed"));
        using var file = JournalFile.Open(settings.Text("journal"), OptionTable.ParseSize(settings.Text("journal-segment-size"))!.Value);
        using var logging = LoggerFactory.Create(guise.Logging);
        var log = logging.CreateLogger("galeragate");
        using var tables = new IptablesGate(rules, lease);
        using var connections = settings.Flag("dry-run") ? null : new GateConnections(rules.GatePort, rules.ServerPort);
        var diskProbe = settings.Text("disk-probe") is { Length: > 0 } directory ? directory : null;
        var recorded = JournalReader.EventsFor(settings.Text("journal"), DateTimeOffset.MaxValue);
        var latest = new LatestSnapshot(Snapshot.AtStart(rules.Node, policy, recorded, file.Seq));
        await using var probe = new GaleraProbe(
            server, settings.Time("probe-timeout"), () => latest.Current.Memory.Policy.Fitness.Mode, clock.Time);
        var setup = new DaemonSetup
        {
            Policy = policy,
            Families = FamiliesOf(settings, log),
            CheckInterval = settings.Time("check-interval"),
            ProbeTimeout = settings.Time("probe-timeout"),
            HoldFiles = GatePath.HoldFiles(settings),
            KeepRedirect = settings.Flag("keep-redirect"),
            DiskProbe = diskProbe is not null,
            LastRefresh = refreshes?.Last,
            Refreshed = refreshes is null ? null : refreshes.Write,
        };
        if (lease is null && !settings.Flag("dry-run"))
        {
            Log.NoLease(log, noLease!);
        }

        if (file.Exposed is { } exposed)
        {
            Log.Exposed(log, exposed);
        }

        if (alone?.Stranger is { } stranger)
        {
            Log.LockNameTaken(log, stranger);
        }

        var write = JournalWriter.OnItsOwnThread(file);
        var daemon = new DaemonProcess(
            setup, latest, clock, probe, tables, lease, connections, file, write, log);
        await using var shipping = archive is null
            ? null
            : new Shipping(archive, settings.Text(OptionTable.Cluster.Name), rules.Node, settings.Text("journal"),
                file, daemon.Queue, clock, log);
        var housekeeping = new Housekeeping(
            settings.Text("journal"), file, RetentionOf(settings), () => shipping is null ? null : shipping.Report.Shipped ?? 0, daemon.Queue, clock, log);
        var reload = new PolicyReload(settings, readAnew, daemon.Queue, clock);
        var facts = new DaemonFacts
        {
            GatePort = rules.GatePort,
            ServerPort = rules.ServerPort,
            DryRun = settings.Flag("dry-run"),
            Server = ServerAddress.Words(server),
            CheckInterval = settings.Time("check-interval"),
            Journal = settings.Text("journal"),
            NoLease = noLease,
            DiskProbe = diskProbe,
            Shipped = shipping is null ? null : new ShippedStream(shipping.Stream, () => shipping.Report),
            Connections = connections,
            Others = new OtherGates(settings.List("peers"), rules.GatePort, server),
        };
        var status = new StatusSource(facts, daemon.Prober, clock);
        using var api = new ControlApi(latest, daemon.Queue, status, facts, clock, reload.TakeOverAsync);
        await using var control = PathOf(settings, OptionTable.Control, GatePath.Control) is { } path
            ? await OnPool(() => ControlSocket.StartAsync(path, api.AnswerAsync, logging, CancellationToken.None))
            : null;

        // A probe, the longest pause before the next, and some time for the host itself.
        var hangsAfter = settings.Time("probe-timeout") + settings.Time("check-interval") + TimeSpan.FromSeconds(6);
        var health = new Health(latest, clock, hangsAfter);
        StatusReport Report() => status.Of(latest.Current);
        await using var recent = new RecentEvents(settings.Text("journal"), rules.Node, settings.Text(OptionTable.Cluster.Name), archive, clock);
        var live = new LiveView(health, latest, Report, recent);
        string[] names = [rules.Node, .. settings.List("peers").Select(OtherGates.HostOf)];
        var own = new OwnNames(names, OwnNames.OfTheResolverAsync, clock);
        var http = new HttpApi(health, Report, daemon.Prober.Latency, live, own);
        await using var checks = settings.Text("http") is var listen && listen == OptionTable.HttpOff
            ? null
            : await OnPool(() => HttpChecks.StartAsync(
                ListenAddress.Parse(listen),
                [.. settings.List("http-allow").Select(network => HostAddress.ParseNetwork(network)!.Value)],
                http,
                logging,
                CancellationToken.None));

        using var notified = NotifyPipeOf(settings, log);

        // What the next daemon asks for, the lock last: it must not meet a name that this one still takes away.
        async Task HandOverGateAsync()
        {
            notified?.Dispose();
            var closed = Task.WhenAll(EndAsync(control), EndAsync(checks));
            await Task.WhenAny(closed, Task.Delay(HandOverLimit, clock.Time));
            alone?.Dispose();
        }

        var watch = new DeathWatch(server, clock.Chores);
        using var systemd = Notify.FromEnvironment();
        var deadline = new StopDeadline(limit =>
        {
            alone?.Dispose();
            Log.StopCutOff(log, limit.TotalSeconds);
        });
        using var stop = new StopOrder(deadline, daemon.LimitOf, systemd);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            ReloadAsync(reload, log).GetAwaiter().GetResult();
        });

        systemd.Ready();
        await guise.Ready();
        using var shipEnd = new CancellationTokenSource();
        var shipped = shipping is null ? null : OnPool(() => shipping.RunAsync(shipEnd.Token));
        List<Func<CancellationToken, Task>> beside =
        [
            housekeeping.RunAsync,
            ending => OwnMemory.TendAsync(clock.Chores, ending),
            ending => systemd.RunAsync(latest, clock.Chores, ending),
            ending => watch.RunAsync(() => latest.Current.State.Phase.LetsTrafficIn(), daemon.Prober.Hurry, ending),
        ];
        if (diskProbe is not null)
        {
            var attempt = DiskProbe.OnItsOwnThread(diskProbe);
            var limit = settings.Time("disk-probe-timeout");
            var disk = new DiskProbe(diskProbe, limit, attempt, daemon.Outbox);
            beside.Add(disk.RunAsync);
        }

        if (guise.Shown is { } shown)
        {
            beside.Add(ending => ShowAsync(shown, latest, clock.Time, ending));
        }

        if (notified is not null)
        {
            beside.Add(ending => notified.RunAsync(daemon.Prober.Hurry, ending));
        }

        if (shipped is not null)
        {
            beside.Add(_ => shipped);
        }

        if (alone is not null)
        {
            beside.Add(alone.RunAsync);
        }

        if (PathOf(settings, OptionTable.Control, GatePath.Control) is { } socket)
        {
            beside.Add(ending =>
                ReleaseNote.WatchAsync(socket, latest, daemon.Queue, clock, log, ending));
        }

        long unwritten;
        try
        {
            unwritten = await daemon.RunAsync(stop.Given, HandOverGateAsync, beside);
        }
        catch
        {
            // A daemon that fails is no reason to hang on: the next one is to begin.
            deadline.Begin(DaemonProcess.StopLimit);
            throw;
        }

        deadline.ExitCode = unwritten > 0 ? 1 : 0;
        file.Dispose();
        guise.Shown?.Invoke(latest.Current);
        if (unwritten > 0)
        {
            Log.EventsLost(log, unwritten);
        }

        if (shipped is not null)
        {
            // Its last events are written now: they go before the process does, unless the next daemon waits for that
            // to end.
            if (!daemon.Keeps(await stop.Given) && deadline.Left - AfterTheArchive is var left && left > TimeSpan.Zero)
            {
                await shipping!.FinishAsync(file.Seq, left < ArchiveLimit ? left : ArchiveLimit);
            }

            // Not awaited: what the archive's client does when it is cancelled waits for the archive.
            _ = shipEnd.CancelAsync();
        }

        return deadline.ExitCode;
    }

    /// <summary>What serves clients and the archive does not take the loop's time.</summary>
    private static Task<T> OnPool<T>(Func<Task<T>> begin) => Task.Run(begin);

    private static Task OnPool(Func<Task> begin) => Task.Run(begin);

    /// <summary>Takes its name away at once, and ends in its own time.</summary>
    private static Task EndAsync(IAsyncDisposable? door) => door?.DisposeAsync().AsTask() ?? Task.CompletedTask;

    private static async Task ShowAsync(
        Action<Snapshot> shown, LatestSnapshot latest, TimeProvider time, CancellationToken cancellationToken)
    {
        var often = TimeSpan.FromMilliseconds(100);
        while (!cancellationToken.IsCancellationRequested)
        {
            shown(latest.Current);
            await Task.Delay(often, time, cancellationToken).ConfigureAwait(LoopThread.Quietly);
        }
    }

    /// <summary>A dry run watches beside the daemon whose place the default is: it has a socket or a FIFO only where one is named.</summary>
    private static string? PathOf(Settings settings, OptionRow row, Func<Settings, string?> path) =>
        settings.Flag("dry-run") && settings.Text(row.Name).Length == 0 ? null : path(settings);

    private static NotifyPipe? NotifyPipeOf(Settings settings, ILogger log)
    {
        if (PathOf(settings, OptionTable.Notify, GatePath.Notify) is not { } path)
        {
            return null;
        }

        var pipe = NotifyPipe.Open(path, out var trouble);
        if (trouble is not null)
        {
            Log.NoNotifyPipe(log, trouble);
        }

        return pipe;
    }

    private static async Task ReloadAsync(PolicyReload reload, ILogger log)
    {
        try
        {
            foreach (var option in (await reload.TakeOverAsync(CancellationToken.None)).NeedRestart)
            {
                Log.NeedsRestart(log, option);
            }
        }
        catch (FormatException e)
        {
            Log.NotReloaded(log, e.Message);
        }
        catch (ChannelClosedException)
        {
            // It is ending: there is nothing left to configure.
        }
    }

    /// <exception cref="FormatException">The ports are the same.</exception>
    private static GateRules RulesOf(Settings settings)
    {
        var (gate, server) = (settings.Port("gate-port"), settings.Port("server-port"));
        if (gate == server)
        {
            throw new FormatException($"--gate-port and --server-port are both {gate}: they must differ");
        }

        var sources = settings.List("source-address").Concat(settings.List("source-address-ipv6"));
        var node = settings.Text("node") is { Length: > 0 } name ? name : Environment.MachineName;
        if (OptionTable.NodeName(node) is { } wrong)
        {
            throw new FormatException($"the host's name cannot name the node, give --node: {wrong}");
        }

        var networks = sources.Select(source => HostAddress.ParseNetwork(source)!.Value);
        return new GateRules(node, gate, server, [.. networks], settings.Flag("local-clients"));
    }

    /// <summary>The lease of this gate; where there is none, why.</summary>
    /// <exception cref="FormatException">It would end between two probes.</exception>
    private static KernelLease? LeaseOf(Settings settings, ushort gatePort, out string? none)
    {
        none = settings.Flag("dry-run") ? "dry run" : settings.Text("lease") == OptionTable.LeaseOff ? "--lease off" : null;
        if (none is not null)
        {
            return null;
        }

        var length = settings.Time("lease");
        var least = settings.Time("check-interval") + settings.Time("probe-timeout") + LeaseWorker.RefreshEvery;
        if (length <= least)
        {
            throw new FormatException(
                $"--lease {Duration.Format(length)} ends between two probes: it must be longer than "
                + $"check-interval + probe-timeout + 1s, which is {Duration.Format(least)}");
        }

        var lease = new KernelLease(gatePort, length);
        none = lease.Prepare();
        if (none is null)
        {
            return lease;
        }

        lease.Dispose();
        return null;
    }

    private static JournalRetention RetentionOf(Settings settings) => new(
        OptionTable.ParseSize(settings.Text(OptionTable.JournalMaxSize.Name))!.Value,
        settings.Text("journal-max-age") is { Length: > 0 } days ? TimeSpan.FromDays(int.Parse(days, CultureInfo.InvariantCulture)) : null);

    private static IReadOnlyList<Family> FamiliesOf(Settings settings, ILogger log)
    {
        if (settings.Flag("dry-run"))
        {
            Log.DryRun(log);
            return [];
        }

        var families = Families.OfThisHost();
        if (!families.Contains(Family.Ipv6))
        {
            Log.NoIpv6(log);
        }

        return families;
    }

    /// <summary>How long the hand-over waits for the doors to be shut; their names are gone at once.</summary>
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(0.3);

    /// <summary>How long a stop waits for the archive: what it does not take now, the next daemon ships.</summary>
    private static readonly TimeSpan ArchiveLimit = TimeSpan.FromSeconds(1.5);

    /// <summary>What a stop leaves for the last lines of the log.</summary>
    private static readonly TimeSpan AfterTheArchive = TimeSpan.FromSeconds(0.35);

    /// <summary>Everything goes to standard error.</summary>
    private static void Logging(ILoggingBuilder builder)
    {
        _ = builder.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        _ = builder.Services.AddSingleton<ILoggerProvider, StandardErrorLog>();
    }
}
