using System.CommandLine;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Commands;

/// <summary>Closes the gate until it is released, across restarts of the daemon too.</summary>
internal static class Hold
{
    public static Command Command()
    {
        var reason = new Option<string>("--reason", "-r") { Description = "why, for whoever finds the gate closed", HelpName = "TEXT", Required = true };
        var command = new Command("hold", "Close the gate and keep it closed until release, whatever the node does; recorded with who and why");
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        command.Options.Add(reason);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new ControlClient(settings.With(parsed));
            var before = await client.StatusAsync(cancellationToken);
            var held = await client.HoldAsync(parsed.GetValue(reason)!, cancellationToken);
            if (before.Holds.FirstOrDefault(hold => hold.Hold == "operator") is { } already)
            {
                Console.WriteLine($"{held.Node} is held already, by {already.By} for {StatusView.Age(already.Seconds)}: {already.Why}");
                return 0;
            }

            return Settling.Say(await Settling.AwaitAsync(client, held, cancellationToken), $"{held.Node} is held: clients are refused at port {held.Gate.Port} until galeragate release");
        });
        return command;
    }
}
