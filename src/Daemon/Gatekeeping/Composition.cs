using System.Runtime.InteropServices;
using System.Threading.Channels;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Http;
using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Pages;
using GaleraGate.Daemon.Systemd;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Connections;
using GaleraGate.Infrastructure.Disk;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>Builds the parts of a daemon from the settings and runs them until the daemon is stopped.</summary>
internal static class Composition
{
    /// <summary>Returns the exit code.</summary>
    /// <exception cref="FormatException">The configuration is wrong, or the host cannot provide what it
    /// requires.</exception>
    public static async Task<int> RunAsync(Settings settings, Func<Settings> readAgain, RunMode mode, Clock clock)
    {
        // Report every error in the configuration before starting anything.
        var policy = settings.Policy();
        var rules = GateSettings.Rules(settings);
        var server = mode.Server(settings);
        var address = settings.Text(OptionTable.Archive.Name).Length > 0 ? ArchiveAddress.Of(settings) : null;
        var (journal, cluster) = (settings.Text("journal"), settings.Text(OptionTable.Cluster.Name));
        var diskProbe = settings.Text("disk-probe") is { Length: > 0 } directory ? directory : null;

        // A dry run changes no rule, so it may run beside the daemon that does.
        var isDry = settings.Flag("dry-run");
        using var alone = isDry ? null : GateLock.Take(rules.GatePort);
        var length = GateSettings.Lease(settings, out var noLease);
        var choice = isDry
            ? new FirewallChoice(false, "dry run", [])
            : await FirewallChoice.MakeAsync(settings, rules.GatePort, length is not null, CancellationToken.None);
        using var firewall = GateFirewall.Make(choice, rules, length, isDry);
        noLease ??= firewall.NoLease;
        var isLeased = firewall.Lease is not null;
        using var refreshes = !isLeased
            ? null
            : RefreshFile.Open(GateLock.FileOf(rules.GatePort, RefreshFile.Extension), journal);
        var segmentSize = OptionValues.ParseSize(settings.Text("journal-segment-size"))!.Value;
        using var file = JournalFile.Open(journal, segmentSize);
        using var logging = LoggerFactory.Create(mode.Logging);
        var log = logging.CreateLogger("galeragate");
        using var connections = isDry ? null : new GateConnections(rules.GatePort, rules.ServerPort);
        var recorded = JournalReader.EventsFor(journal, DateTimeOffset.MaxValue);
        var latest = new LatestSnapshot(Snapshot.AtStart(rules.Node, policy, recorded, file.Seq));
        var others = new OtherGates(settings.List("peers"), rules.GatePort, server);
        await using var asking = new GaleraProbe(
            server, settings.Time("probe-timeout"), () => latest.Current.Memory.Policy.Fitness.Mode, clock.Time);
        // Resolve names on another thread, because a name service may hang.
        await using var probe = new LastResort(
            asking, ending => Task.Run(() => others.MeetAsync(ending), ending), latest, clock);
        var setup = new DaemonSetup
        {
            Policy = policy,
            Families = firewall.Families,
            CheckInterval = settings.Time("check-interval"),
            ProbeTimeout = settings.Time("probe-timeout"),
            HoldFiles = GatePath.HoldFiles(settings),
            LookAtHoldFiles = HoldFile.OnItsOwnThread(),
            KeepRedirect = settings.Flag("keep-redirect"),
            DiskProbe = diskProbe is not null,
            LastRefresh = refreshes?.Last,
            Refreshed = refreshes is null ? null : refreshes.Write,
        };
        firewall.SayWhich(choice, log);
        WarnAtStart(log, isDry ? null : noLease, file.Exposed, alone?.Stranger);

        var write = JournalWriter.OnItsOwnThread(file);
        var daemon = new DaemonProcess(
            setup, latest, clock, probe, firewall.Tables, firewall.Lease, connections, file, write, log);
        await using var shipping = address is null
            ? null
            : new Shipping(address, cluster, rules.Node, journal, file, daemon.Queue, clock, log);
        long? Shipped() => shipping is null ? null : shipping.Report.Shipped ?? 0;
        var housekeeping = new Housekeeping(
            journal, file, GateSettings.Retention(settings), Shipped, daemon.Queue, clock, log);
        var reload = new PolicyReload(settings, readAgain, daemon.Queue, clock);
        var facts = new DaemonFacts
        {
            GatePort = rules.GatePort,
            ServerPort = rules.ServerPort,
            DryRun = isDry,
            Server = ServerAddress.Words(server),
            CheckInterval = setup.CheckInterval,
            Journal = journal,
            NoLease = noLease,
            Firewall = isDry ? null : new FirewallReport(choice.Name, choice.Why),
            DiskProbe = diskProbe,
            Shipped = shipping is null ? null : new ShippedStream(shipping.Stream, () => shipping.Report),
            Connections = connections,
            Others = others,
        };
        var clients = new ClientCount(connections, clock);
        var clientHistory = new ClientHistory(clients.Now, clock);
        var status = new StatusSource(facts, daemon.Prober, clients, clock);
        StatusReport Report() => status.Of(latest.Current);
        using var control = new ControlApi(latest, daemon.Queue, status, facts, clock, reload.TakeOverAsync);

        // A probe, the longest pause before the next, and some reserve for the host.
        var hangsAfter = setup.ProbeTimeout + setup.CheckInterval + TimeSpan.FromSeconds(6);
        var health = new Health(latest, clock, hangsAfter);
        await using var recent = new RecentEvents(journal, rules.Node, cluster, address, clock);
        using var fleet = FleetWatch.Of(settings, facts.Others, Report, clock);
        string[] names = [rules.Node, .. settings.List("peers").Select(OtherGates.HostOf)];
        var http = new HttpApi(
            health,
            Report,
            daemon.Prober.Latency,
            new LiveView(health, latest, Report, recent, fleet, clientHistory),
            new OwnNames(names, OwnNames.OfTheResolverAsync, clock));
        await using var doors = await Doors.OpenAsync(settings, control, http, logging, log);

        // Release what the next daemon needs, the lock last, so that it never finds a name that this daemon is still
        // removing.
        async Task HandOverGateAsync()
        {
            await doors.HandOverAsync(clock.Time);
            alone?.Dispose();
        }

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
        await mode.Ready();
        using var ships = shipping is null ? null : new LastShipping(shipping, file, deadline);
        var watch = new DeathWatch(server, clock.Chores);
        bool IsOpen() => latest.Current.State.Phase.LetsTrafficIn();
        Func<CancellationToken, Task>?[] beside =
        [
            housekeeping.RunAsync,
            ending => OwnMemory.TendAsync(clock.Chores, ending),
            ending => systemd.RunAsync(latest, clock.Chores, ending),
            ending => watch.RunAsync(IsOpen, daemon.Prober.Hurry, ending),
            probe.RunAsync,
            connections is null ? null : ending => clients.WatchAsync(IsOpen, ending),
            doors.HasHttp && !isDry ? clientHistory.RunAsync : null,
            diskProbe is null ? null : DiskProbeOf(diskProbe, settings, daemon).RunAsync,
            mode.Shown is null ? null : ending => mode.ShowAsync(latest, clock.Time, ending),
            doors.Listening(daemon.Prober.Hurry),
            isDry ? null : ending => StartTrial.RunAsync(choice, isLeased, log, ending),
            ships is null ? null : _ => ships.Running,
            alone is null ? null : alone.RunAsync,
            GateSettings.PathOf(settings, OptionTable.Control, GatePath.Control) is { } socket
                ? ending => ReleaseNote.WatchAsync(socket, latest, daemon.Queue, clock, log, ending)
                : null,
            ending => ServiceHold.WatchAsync(
                latest, () => daemon.Prober.Tally?.Answered, daemon.Queue, clock, ending),
        ];

        long unwritten;
        try
        {
            unwritten = await daemon.RunAsync(
                stop.Given, HandOverGateAsync, [.. beside.OfType<Func<CancellationToken, Task>>()]);
        }
        catch
        {
            // A daemon that fails must end quickly, so that the next one can start.
            deadline.Begin(DaemonProcess.StopLimit);
            throw;
        }

        deadline.ExitCode = unwritten > 0 ? 1 : 0;
        file.Dispose();
        mode.Shown?.Invoke(latest.Current);
        if (unwritten > 0)
        {
            Log.EventsLost(log, unwritten);
        }

        if (ships is not null)
        {
            // The last events have just been written: ship them before the process ends, unless the next daemon is
            // waiting for that.
            await ships.EndAsync(isAwaited: !daemon.Keeps(await stop.Given));
        }

        return deadline.ExitCode;
    }

    private static void WarnAtStart(ILogger log, string? noLease, string? exposed, string? stranger)
    {
        if (noLease is not null)
        {
            Log.NoLease(log, noLease);
        }

        if (exposed is not null)
        {
            Log.Exposed(log, exposed);
        }

        if (stranger is not null)
        {
            Log.LockNameTaken(log, stranger);
        }
    }

    private static DiskProbe DiskProbeOf(string directory, Settings settings, DaemonProcess daemon) => new(
        directory, settings.Time("disk-probe-timeout"), DiskProbe.OnItsOwnThread(directory), daemon.Outbox);

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
            // The daemon is stopping: there is nothing left to configure.
        }
    }
}
