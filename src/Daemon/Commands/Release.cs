using System.CommandLine;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Commands;

/// <summary>Ends an operator's hold; the node earns its opening as after any close.</summary>
internal static class Release
{
    public static Command Command()
    {
        var command = new Command("release", "End a hold: the gate opens once the node has been fit for long enough");
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        var service = Hold.Service();
        command.Options.Add(service);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new ControlClient(settings.With(parsed));
            var before = await client.StatusAsync(cancellationToken);
            var status = await client.ReleaseAsync(parsed.GetValue(service), cancellationToken);
            if (status.Holds is [var left, ..])
            {
                await Console.Error.WriteLineAsync($"galeragate: {status.Node} is still held by the {left.Hold}: {left.Why}; {HowToEnd(left.Hold)}");
                return 1;
            }

            if (before.Holds.Count == 0)
            {
                Console.WriteLine($"{status.Node} was not held; it {status.Gate.Next}");
                return 0;
            }

            status = await Settling.AwaitAsync(client, status, cancellationToken);
            return Settling.Say(status, $"{status.Node} is released; it {status.Gate.Next}");
        });
        return command;
    }

    private static string HowToEnd(string hold) => hold switch
    {
        "file" => "remove it",
        "service" => "galeragate release --service, if the server's unit will not",
        _ => "galeragate release",
    };
}
