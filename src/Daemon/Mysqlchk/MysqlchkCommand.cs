using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Logging;
using MySqlConnector;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>
/// mysqlchk_iptables: the same command line, the same lines and exit codes where somebody may have scripted against them, and galeragate behind it.
/// docs/migrating.md has a row for each option and for each thing that the script got wrong.
/// </summary>
internal static partial class MysqlchkCommand
{
    private const string ScriptName = "mysqlchk_iptables";
    private const int Terminate = 15; // SIGTERM

    /// <summary>How long a daemon may take to end: it settles the tables first.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var words = new Argument<string[]>("OPTION") { Description = "the script's own options; --help lists them", Arity = ArgumentArity.ZeroOrMore };
        return new Command(ScriptArguments.CommandName, $"Do what {ScriptName} did, with its command line; also when called by that name") { words };
    }

    /// <summary>The script's words where the program is called for it; null where it is not.</summary>
    public static IReadOnlyList<string>? WordsOf(string[] args) =>
        Path.GetFileName(OwnArguments.CalledAs) == ScriptName ? args : args is [ScriptArguments.CommandName, ..] ? args[1..] : null;

    public static async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        var arguments = ScriptArguments.Parse(words);
        if (arguments.PasswordWasTyped)
        {
            OwnArguments.Hide(arguments.Password);
            await Console.Error.WriteLineAsync(
                $"{ScriptName}: a password on the command line can be read by everybody on this host until the program has started: put it into a [client] group and say -u \"\" -p \"\" -e FILE");
        }

        var asksServer = arguments is { IsDetached: false, Verb: not (ScriptVerb.Help or ScriptVerb.Stop or ScriptVerb.Status) };
        if (asksServer && arguments is { FileWasNamed: true, HasDefaultsExtraFile: false })
        {
            await Console.Error.WriteLineAsync(
                $"{ScriptName}: there is no file {arguments.DefaultsExtraFile}: nothing is read from it");
        }

        return arguments.Verb switch
        {
            ScriptVerb.Start => await StartAsync(arguments),
            ScriptVerb.Stop => await StopAsync(arguments),
            ScriptVerb.Status => Status(),
            ScriptVerb.Test => await TestAsync(arguments),
            ScriptVerb.Foreground => await ForegroundAsync(arguments),
            ScriptVerb.Run => await KeepAsync(arguments),
            _ => Help(),
        };
    }

    private static string Program => Path.GetFileName(OwnArguments.CalledAs) == ScriptName ? Path.GetFullPath(SystemCommand.Find(OwnArguments.CalledAs) ?? OwnArguments.CalledAs) : ScriptName;

    private static int Help()
    {
        Console.WriteLine(ScriptArguments.Help);
        Examples.Write(Console.Out, ScriptArguments.CommandName);
        return 0;
    }

    private static async Task<int> StartAsync(ScriptArguments arguments)
    {
        if (PidFile.Running is not null)
        {
            Console.WriteLine($"PID file exists at {PidFile.Name}. Refusing to fork another process.");
            return 1;
        }

        // Whatever is wrong is said by this process, while somebody looks.
        _ = Server(arguments, RunSettings(arguments)());
        using var daemon = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [ScriptArguments.CommandName, ScriptArguments.DetachedOption, .. arguments.WithoutSecrets()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Not "/": relative paths in the configuration and the environment mean the same to it as they did to who
            // started it.
        })!;
        await daemon.StandardInput.WriteAsync($"{arguments.User}\0{arguments.Password}");
        daemon.StandardInput.Close();
        if (await daemon.StandardOutput.ReadLineAsync() is null)
        {
            await Console.Error.WriteAsync(await daemon.StandardError.ReadToEndAsync());
            return 1;
        }

        Say(arguments, $"Script started with PID {daemon.Id}.");
        Say(arguments, $"Command used to start: {Program} {string.Join(' ', arguments.WithoutSecrets())}");
        Console.WriteLine($"{Program} started with PID {daemon.Id}.");
        return 0;
    }

    private static async Task<int> StopAsync(ScriptArguments arguments)
    {
        Console.WriteLine($"Stopping {ScriptName}..");
        if (PidFile.Written is not { } pid)
        {
            Console.WriteLine("PID file does not exist. Nothing to kill. Exiting.");
            return 1;
        }

        if (PidFile.IsOurs(pid))
        {
            using var daemon = Process.GetProcessById(pid);
            _ = SendSignal(pid, Terminate);
            using var limit = new CancellationTokenSource(StopLimit);
            try
            {
                await daemon.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Say(arguments, $"Unable to kill {pid}. Exiting.");
                return 1;
            }
        }

        PidFile.Remove();
        foreach (var line in await TakeAwayAsync(arguments))
        {
            Say(arguments, line);
        }

        Say(arguments, $"PID {pid} killed. {PidFile.Name} removed. Bye.");
        Console.WriteLine($"{Program} stopped. Bye.");
        return 0;
    }

    private static int Status()
    {
        if (PidFile.Running is { } pid)
        {
            Console.WriteLine($"PID file exists. Script is running with PID {pid}.");
            return 0;
        }

        Console.WriteLine(PidFile.Written is { } dead
            ? $"PID file exists, and no process runs with PID {dead}. Script is not running."
            : "PID file does not exist. Script is not running.");
        return 1;
    }

    private static async Task<int> TestAsync(ScriptArguments arguments)
    {
        var settings = RunSettings(arguments)();
        await using var probe = new GaleraProbe(Server(arguments, settings), settings.Time("probe-timeout"), () => settings.Policy().Fitness.Mode);
        var observation = await probe.ObserveAsync(CancellationToken.None);
        if (observation.Error != ProbeError.None)
        {
            Console.WriteLine("Unable to detect wsrep_local_state and wsrep_sst_method. Something wasn't right.");
            Console.WriteLine("Please check user/password. Ensure those are correct. Aborting.");
            Console.WriteLine($"{observation.Error.Name()}: {observation.ErrorDetail}");
            return 1;
        }

        var verdict = Fitness.Judge(observation, settings.Policy().Fitness);
        var isHeld = GatePath.HoldFiles(settings).Any(path => HoldLook.At(path).Why is not null);
        verdict = isHeld ? verdict.With(Reasons.Held) : verdict;
        Console.WriteLine("Detected variables/status:");
        Console.WriteLine($"wsrep_local_state: {Terminal.Plain(observation.LocalState.Text)}");
        Console.WriteLine($"wsrep_sst_method: {Terminal.Plain(observation.SstMethod)}");
        Console.WriteLine($"read_only: {Terminal.Plain(observation.ReadOnly.Text)}");
        Console.WriteLine();
        Console.Write(ScriptLog.Line("(TEST) " + (verdict.IsFit ? ScriptLog.Added(arguments.MirrorPort, arguments.RealPort) : ScriptLog.Deleted(arguments.MirrorPort))));
        Console.Write(ScriptLog.Line(ScriptLog.NodeLine(verdict)));
        foreach (var reason in Reason.Of(verdict.Reasons))
        {
            Console.Write(ScriptLog.Line($"{reason.Name}: {reason.Sentence}"));
        }

        return 0;
    }

    private static async Task<int> ForegroundAsync(ScriptArguments arguments)
    {
        if (PidFile.Running is not null)
        {
            Console.WriteLine($"PID file exists at {PidFile.Name}. Refusing to fork another process.");
            return 1;
        }

        Console.WriteLine("Running in foreground.. CTRL+C to stop");
        _ = await KeepAsync(arguments with { Debug = true });
        Console.WriteLine($"\n{Program} stopped. Bye.");
        return 1;
    }

    /// <summary>The daemon itself.</summary>
    private static async Task<int> KeepAsync(ScriptArguments arguments)
    {
        if (arguments.IsDetached)
        {
            OwnSession.Begin();
            var who = (await Console.In.ReadToEndAsync()).Split('\0');
            arguments = arguments with { User = who[0], Password = who[^1] };
        }

        using var log = new ScriptLog(arguments.Debug ? ScriptLog.ToStandardOutput : arguments.LogFile, arguments);
        var read = RunSettings(arguments);
        var guise = new Guise
        {
            Logging = builder => builder.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddProvider(log),
            Server = settings => Server(arguments, settings),
            Shown = log.Follow,
            Ready = async () =>
            {
                foreach (var line in await TakeAwayAsync(arguments))
                {
                    log.Write(line);
                }

                if (arguments.IsDetached)
                {
                    PidFile.Write();
                    Console.WriteLine("ready");
                    LetGo();
                }
            },
        };
        var exitCode = RunCommand.Work(read(), read, guise);
        if (arguments.IsDetached)
        {
            PidFile.Remove();
        }

        return exitCode;
    }

    private static Func<Settings> RunSettings(ScriptArguments arguments)
    {
        var command = new Command("run");
        var settings = RunCommand.SettingsFor(command);
        var parsed = command.Parse([.. arguments.AsRunOptions()]);
        if (parsed.Errors is [var error, ..])
        {
            throw new FormatException(error.Message.ReplaceLineEndings(" "));
        }

        return () => settings.With(parsed);
    }

    /// <summary>What the script gave the client on its command line goes before the file; what it gave as empty does not.</summary>
    private static MySqlConnectionStringBuilder Server(ScriptArguments arguments, Settings settings)
    {
        var server = ServerAddress.Of(settings);
        server.UserID = arguments.User.Length > 0 ? arguments.User : server.UserID;
        server.Password = arguments.Password.Length > 0 ? arguments.Password : server.Password;
        return server;
    }

    private static Task<IReadOnlyList<string>> TakeAwayAsync(ScriptArguments arguments) =>
        ScriptRules.TakeAwayAsync(arguments.MirrorPort, arguments.RealPort, Families.OfThisHost(), CancellationToken.None);

    private static void Say(ScriptArguments arguments, string line)
    {
        using var log = new ScriptLog(arguments.LogFile, arguments);
        log.Write(line);
    }

    /// <summary>Whoever started it waits for the ends of these pipes.</summary>
    private static void LetGo()
    {
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        for (var standard = 0; standard <= 2; standard++)
        {
            _ = Duplicate((int)nothing.DangerousGetHandle(), standard);
        }
    }

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
