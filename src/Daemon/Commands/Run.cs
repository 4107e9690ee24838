using System.CommandLine;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Journal;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace GaleraGate.Daemon.Commands;

/// <summary>The daemon, in the foreground.</summary>
internal static class Run
{
    /// <summary>How long a stop waits for the tables; a daemon that cannot change them must not hang for ever.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(8);

    public static Command Command()
    {
        var command = new Command("run", "Watch the server and keep the gate, in the foreground, until SIGTERM");
        var settings = Settings.For(command, OptionTable.Gate, OptionTable.Server, OptionTable.Policy);
        command.SetAction(async (parsed, _) => await RunAsync(settings.With(parsed), () => settings.With(parsed)));
        return command;
    }

    private static async Task<int> RunAsync(Settings settings, Func<Settings> readAnew)
    {
        var policy = settings.Policy();
        var rules = RulesOf(settings);
        var server = ServerAddress.Of(settings);
        // A dry run touches no table: it may watch beside the daemon that does.
        using var alone = settings.Flag("dry-run") ? null : GateLock.Take(rules.GatePort);
        using var file = JournalFile.Open(settings.Text("journal"));
        var (state, standing) = JournalReader.Events(settings.Text("journal")).Aggregate(
            (State: new GateState(), Standing: new Standing()), (so, envelope) => (GateDecider.Evolve(so.State, envelope), so.Standing.After(envelope)));

        using var logging = LoggerFactory.Create(Logging);
        var log = logging.CreateLogger("galeragate");
        var families = FamiliesOf(settings, log);
        var clock = new Clock(TimeProvider.System);
        var queue = new SignalQueue();
        using var tables = new IptablesGate(rules);
        var journal = new JournalWriter(file, queue.PutAsync, clock.Now, clock.Time);
        var workers = families.Select(family => new RedirectWorker(tables, family, queue.PutAsync, clock.Now, clock.Time)).ToList();
        var loop = new GateLoop(queue, journal, workers, state, new GateMemory(rules.Node, policy), standing, log);
        await using var probe = new GaleraProbe(server, settings.Time("probe-timeout"));
        var prober = new Prober(
            probe, ServerAddress.Words(server), settings.Time("check-interval"), () => loop.Shown.Memory.Policy.Gate.Fall, queue, clock);
        var holdFile = new HoldFile(settings.Text("hold-file"), settings.Time("check-interval"), queue, clock);
        var reload = new PolicyReload(settings, readAnew, queue, clock);
        var facts = new DaemonFacts(rules.GatePort, rules.ServerPort, settings.Text("journal"), settings.Flag("dry-run"));
        var api = new ControlApi(loop, queue, prober, facts, clock, reload.TakeOverAsync);
        await using var control = ControlPathOf(settings) is { } path
            ? await ControlSocket.StartAsync(path, api.AnswerAsync, logging, CancellationToken.None)
            : null;

        var stop = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = StopOn(PosixSignal.SIGTERM, stop);
        using var interrupt = StopOn(PosixSignal.SIGINT, stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            ReloadAsync(reload, log).GetAwaiter().GetResult();
        });

        using var ending = new CancellationTokenSource();
        await queue.PutAsync(new Starting(clock.Now(), About.Version, policy, file.Seq, families, file.Repair), CancellationToken.None);
        var writing = journal.RunAsync(ending.Token);
        var looping = loop.RunAsync();
        var working = workers.ConvertAll(worker => worker.RunAsync(ending.Token));
        var holding = holdFile.RunAsync(ending.Token);
        var probing = prober.RunAsync(ending.Token);

        // Whichever of them ends before the stop has failed, and the process with it.
        var first = await Task.WhenAny([stop.Task, looping, writing, holding, probing, .. working]);
        await first;
        var why = await stop.Task;

        await queue.PutAsync(new Stopping(clock.Now(), settings.Flag("keep-redirect")), CancellationToken.None);
        if (await Task.WhenAny(loop.Settled, looping, Task.Delay(SettleLimit)) != loop.Settled)
        {
            Log.NotSettled(log, SettleLimit.TotalSeconds);
        }

        await queue.PutAsync(new Stopped(clock.Now(), why), CancellationToken.None);
        queue.End();
        await looping;
        await ending.CancelAsync();
        await writing;
        if (journal.Unwritten > 0)
        {
            Log.EventsLost(log, journal.Unwritten);
            return 1;
        }

        return 0;
    }

    /// <summary>A dry run watches beside the daemon whose place the default is: it has a socket only where one is named.</summary>
    private static string? ControlPathOf(Settings settings) =>
        settings.Flag("dry-run") && settings.Text("control").Length == 0 ? null : ControlSocket.PathOf(settings);

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

        return new GateRules(node, gate, server, [.. sources.Select(source => OptionTable.ParseNetwork(source)!.Value)], settings.Flag("local-clients"));
    }

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

    private static PosixSignalRegistration StopOn(PosixSignal signal, TaskCompletionSource<string> stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _ = stop.TrySetResult(signal.ToString());
        });

    /// <summary>Everything goes to standard error; under systemd with the priority before each line.</summary>
    private static void Logging(ILoggingBuilder builder)
    {
        _ = builder.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        _ = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is null
            ? builder.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                options.UseUtcTimestamp = true;
                options.ColorBehavior = Console.IsErrorRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is not null
                    ? LoggerColorBehavior.Disabled
                    : LoggerColorBehavior.Default;
            })
            : builder.AddSystemdConsole();
        _ = builder.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
