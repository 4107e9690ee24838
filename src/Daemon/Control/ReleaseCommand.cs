using System.CommandLine;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Control;

/// <summary>Ends an operator's hold; the gate opens after the usual checks.</summary>
internal static class ReleaseCommand
{
    public static Command Create()
    {
        var command = new Command("release", "End a hold: the gate opens once the node has been fit for long enough");
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        var service = HoldCommand.Service();
        command.Options.Add(service);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = settings.With(parsed);
            try
            {
                return await ReleaseAsync(given, parsed.GetValue(service), cancellationToken);
            }
            catch (ControlException e) when (parsed.GetValue(service) && GatePath.Control(given) is { } control)
            {
                return await NoteAsync(control, e);
            }
        });
        return command;
    }

    private static async Task<int> ReleaseAsync(Settings settings, bool service, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(settings);
        var before = await client.StatusAsync(cancellationToken);
        var status = await client.ReleaseAsync(service, cancellationToken);
        if (status.Holds is [var left, ..])
        {
            await Console.Error.WriteLineAsync(
                $"galeragate: {status.Node} is still held by the {left.Hold}: {left.Why}; {HowToEnd(left.Hold)}");
            return 1;
        }

        if (before.Holds.Count == 0)
        {
            Console.WriteLine($"{status.Node} was not held; it {status.Gate.Next}");
            return 0;
        }

        status = await Settling.AwaitAsync(client, status, cancellationToken);
        return Settling.Say(status, $"{status.Node} is released; it {status.Gate.Next}");
    }

    /// <summary>The server's unit asks only once, so the release is left for the next daemon.</summary>
    private static async Task<int> NoteAsync(string control, ControlException e)
    {
        try
        {
            ReleaseNote.Leave(control);
        }
        catch (Exception not) when (not is IOException or UnauthorizedAccessException)
        {
            var why = not.Message.ReplaceLineEndings(" ");
            throw new ControlException(
                $"{e.Message}; nor can the release be left for the next daemon: {why}", e.ExitCode, not);
        }

        var path = ReleaseNote.PathOf(control);
        await Console.Error.WriteLineAsync(
            $"galeragate: {e.Message}; the release is left in {path} for the galeragate that runs here next");
        return e.ExitCode;
    }

    private static string HowToEnd(string hold) => hold switch
    {
        "file" => "remove it",
        "service" => "galeragate release --service, if the server's unit will not",
        _ => "galeragate release",
    };
}
