using System.CommandLine;
using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Systemd;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>Runs the daemon in the foreground.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Watch the server and keep the gate, in the foreground, until SIGTERM");
        var settings = SettingsFor(command);
        command.SetAction(async (parsed, _) =>
        {
            Settings Read() => settings.With(parsed);
            var mode = new RunMode { Logging = Logging };
            return await Patience.RunAsync(() => Task.FromResult(Work(Read(), Read, mode)));
        });
        return command;
    }

    /// <summary>Adds the options of a daemon to a command.</summary>
    public static Settings SettingsFor(Command command) =>
        Settings.For(command, OptionTable.Gate, OptionTable.Server, OptionTable.Policy);

    /// <summary>Runs the daemon on this thread until it is stopped.</summary>
    /// <param name="readAgain">Reads the settings that a daemon started now would have.</param>
    public static int Work(Settings settings, Func<Settings> readAgain, RunMode mode) => LoopThread.Run(
        loop => Composition.RunAsync(settings, readAgain, mode, Clock.OfThisHost(loop.Time, loop.Chores)));

    /// <summary>Logs everything to standard error.</summary>
    private static void Logging(ILoggingBuilder builder)
    {
        _ = builder.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning);
        _ = builder.Services.AddSingleton<ILoggerProvider, StandardErrorLog>();
    }
}
