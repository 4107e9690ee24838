using System.CommandLine;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Control;

/// <summary>Describes in sentences everything that the running daemon knows, and the latest events.</summary>
internal static class DescribeCommand
{
    public static Command Create()
    {
        var command = new Command(
            "describe",
            "Describe in sentences what the running daemon knows, and what happened last: exit 0 open, 1 not open, 3 "
            + "no daemon answers");
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new ControlClient(settings.With(parsed));
            var status = await client.StatusAsync(cancellationToken);
            foreach (var paragraph in Description.Of(status))
            {
                Terminal.Output.WriteWrapped(paragraph, 0);
                Terminal.Output.Write(Line.Of(""));
            }

            Terminal.Output.Write(Line.Of("What happened last (UTC):", Tone.Strong));
            foreach (var one in Description.Last(status))
            {
                Terminal.Output.WriteWrapped(StatusView.Event(one), StatusView.Indent);
            }

            return status.Gate.Open ? 0 : 1;
        });
        return command;
    }
}
