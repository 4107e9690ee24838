using System.Diagnostics;
using System.Runtime.InteropServices;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>
/// The daemon in the background, identified by its PID file: -d starts it, -x stops it, -s reports whether it runs.
/// Also the foreground modes -v and -R.
/// </summary>
internal static partial class ScriptDaemon
{
    private const int Terminate = 15; // SIGTERM

    /// <summary>How long a daemon may take to stop: it first brings the rules into order.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    private static string Program =>
        Path.GetFileName(OwnArguments.CalledAs) == ScriptOptions.ScriptName
            ? Path.GetFullPath(SystemCommand.Find(OwnArguments.CalledAs) ?? OwnArguments.CalledAs)
            : ScriptOptions.ScriptName;

    public static async Task<int> StartAsync(ScriptArguments arguments)
    {
        if (PidFile.Running is not null)
        {
            Console.WriteLine($"PID file exists at {PidFile.Name}. Refusing to fork another process.");
            return 1;
        }

        // Report errors in this process, while a person is watching.
        _ = ScriptSettings.Server(arguments, ScriptSettings.Reading(arguments)());
        using var daemon = Process.Start(
            new ProcessStartInfo(
                Environment.ProcessPath!,
                [ScriptOptions.CommandName, ScriptOptions.DetachedOption, .. arguments.WithoutSecrets()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Not "/", so that relative paths in the configuration and the environment keep their meaning.
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

    public static async Task<int> StopAsync(ScriptArguments arguments)
    {
        Console.WriteLine($"Stopping {ScriptOptions.ScriptName}..");
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

    public static int Status()
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

    public static async Task<int> ForegroundAsync(ScriptArguments arguments)
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

    /// <summary>Runs the daemon itself.</summary>
    public static async Task<int> KeepAsync(ScriptArguments arguments)
    {
        if (arguments.IsDetached)
        {
            OwnSession.Begin();
            var who = (await Console.In.ReadToEndAsync()).Split('\0');
            arguments = arguments with { User = who[0], Password = who[^1] };
        }

        using var log = new ScriptLog(arguments.Debug ? ScriptLog.ToStandardOutput : arguments.LogFile, arguments);
        var read = ScriptSettings.Reading(arguments);
        var mode = new RunMode
        {
            Logging = builder =>
                builder.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddProvider(log),
            Server = settings => ScriptSettings.Server(arguments, settings),
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
        var exitCode = RunCommand.Work(read(), read, mode);
        if (arguments.IsDetached)
        {
            PidFile.Remove();
        }

        return exitCode;
    }

    private static Task<IReadOnlyList<string>> TakeAwayAsync(ScriptArguments arguments) =>
        ScriptRules.TakeAwayAsync(
            arguments.MirrorPort, arguments.RealPort, Families.OfThisHost(), CancellationToken.None);

    private static void Say(ScriptArguments arguments, string line)
    {
        using var log = new ScriptLog(arguments.LogFile, arguments);
        log.Write(line);
    }

    /// <summary>The starting process waits until these pipes are closed.</summary>
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
