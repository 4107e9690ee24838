using System.CommandLine;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Control;

/// <summary>Makes the daemon reload its configuration; an invalid one is refused and the old one stays.</summary>
internal static class ReloadCommand
{
    public static Command Create()
    {
        var command = new Command(
            "reload",
            "Apply a changed policy from the configuration files, as SIGHUP does, and show what changed: exit 1 if "
            + "it is refused");
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new ControlClient(settings.With(parsed));
            var report = await client.ReloadAsync(cancellationToken);
            foreach (var (name, value) in report.Changes)
            {
                Console.WriteLine($"{name} = {value}");
            }

            foreach (var name in report.NeedRestart)
            {
                Console.WriteLine($"{name}: takes effect at the next start");
            }

            if (report.Changes.Count == 0 && report.NeedRestart.Count == 0)
            {
                Console.WriteLine("nothing changed");
            }

            return 0;
        });
        return command;
    }
}
