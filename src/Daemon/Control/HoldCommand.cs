using System.CommandLine;
using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Control;

/// <summary>Closes the gate until it is released, even across restarts of the daemon.</summary>
internal static class HoldCommand
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>The option --service: the hold is by the server's unit, and release --service ends it.</summary>
    public static Option<bool> Service() =>
        new("--service")
        {
            Description = "as the server's own unit, around its restart: does not affect an operator's hold",
        };

    public static Command Create()
    {
        var reason = new Option<string>("--reason", "-r")
        {
            Description = "why, for people who find the gate closed",
            HelpName = "TEXT",
            Required = true,
        };
        var drain = new Option<string?>("--drain")
        {
            Description =
                "then wait at most this long until the clients that came through the gate are gone; exit 1 if some are "
                + "left",
            HelpName = "TIME",
        };
        var others = new Option<int>("--if-others-open")
        {
            Description = "only if at least this many other gates are open, so that the last open gate stays open",
            HelpName = "N",
        };
        var service = Service();
        var command = new Command(
            "hold",
            "Close the gate and keep it closed until release, whatever the node does; recorded with who and why");
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        foreach (var option in new Option[] { reason, drain, others, service })
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var limit = parsed.GetValue(drain) is { } text
                ? TimeArgument.RequiredDuration(text, "--drain", "30s")
                : (TimeSpan?)null;
            if (parsed.GetValue(others) is var wanted && wanted < 0)
            {
                throw new FormatException($"--if-others-open takes a number of gates, not {wanted}");
            }

            if (parsed.GetValue(service) && GatePath.Control(settings.With(parsed)) is { } control)
            {
                ReleaseNote.Withdraw(control);
            }

            using var client = new ControlClient(settings.With(parsed));
            var kind = (parsed.GetValue(service) ? Holds.Service : Holds.Operator).ToString().ToLowerInvariant();
            var before = await client.StatusAsync(cancellationToken);
            var held = await client.HoldAsync(
                parsed.GetValue(reason)!, parsed.GetValue(service), wanted, cancellationToken);
            var exitCode = 0;
            if (before.Holds.FirstOrDefault(hold => hold.Hold == kind) is { } already)
            {
                Console.WriteLine(
                    $"{held.Node} is held already, by {already.By} for {Lasting.Of(already.Seconds)}: {already.Why}");
            }
            else
            {
                exitCode = Settling.Say(
                    await Settling.AwaitAsync(client, held, cancellationToken),
                    $"{held.Node} is held: clients are refused at port {held.Gate.Port} until galeragate "
                    + $"release{(parsed.GetValue(service) ? " --service" : "")}");
            }

            return limit is { } time ? Math.Max(exitCode, await DrainAsync(client, time, cancellationToken)) : exitCode;
        });
        return command;
    }

    /// <summary>Waits for the clients to disconnect, and prints how many are left whenever that changes.</summary>
    private static async Task<int> DrainAsync(ControlClient client, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (int? told = null; ; await Task.Delay(CountEvery, cancellationToken))
        {
            var left = await client.ConnectionsAsync(cancellationToken);
            if (left.Trouble is { } trouble)
            {
                await Console.Error.WriteLineAsync($"galeragate: it is not known which clients are left: {trouble}");
                return 1;
            }

            if (left.Through == 0)
            {
                Console.WriteLine("no client is left");
                return 0;
            }

            if (TimeProvider.System.GetElapsedTime(started) >= limit)
            {
                await Console.Error.WriteLineAsync(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"galeragate: {left.Through} clients are left after {Duration.Format(limit)}"));
                return 1;
            }

            if (left.Through != told)
            {
                told = left.Through;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{told} clients are left"));
            }
        }
    }
}
