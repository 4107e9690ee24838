using System.CommandLine;
using System.Diagnostics;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Control;

/// <summary>Waits until the gate or the node is in the state that a script needs.</summary>
internal static class WaitCommand
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(200);

    private static readonly Dictionary<string, Func<StatusReport, bool>> Goals = new(StringComparer.Ordinal)
    {
        ["open"] = status => status.Gate.Open && status.Redirects.All(redirect => redirect.InPlace == true),
        ["closed"] = status => !status.Gate.Open && status.Redirects.All(redirect => redirect.InPlace != true),
        ["synced"] = status => status.NodeState.State == nameof(NodeState.Synced),
    };

    public static Command Create()
    {
        var goal = new Option<string>("--for")
        {
            Description = "open or closed: clients get in, or are refused; synced: the node is Synced",
            HelpName = "WHAT",
            Required = true,
        };
        goal.CompletionSources.Add([.. Goals.Keys]);
        var timeout = new Option<string>("--timeout")
        {
            Description = "for so long at the most; 0s looks once",
            HelpName = "TIME",
            DefaultValueFactory = _ => "60s",
        };
        var command = new Command(
            "wait",
            "Wait until the gate or the node is as a script needs it: exit 0 it is, 1 it was not in time, 3 no daemon "
            + "answered");
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        command.Options.Add(goal);
        command.Options.Add(timeout);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var limit = TimeArgument.RequiredDuration(parsed.GetValue(timeout)!, timeout.Name, "60s");
            var wanted = parsed.GetValue(goal)!;
            if (!Goals.ContainsKey(wanted))
            {
                throw new FormatException($"--for takes {string.Join(", ", Goals.Keys)}, not '{wanted}'");
            }

            using var client = new ControlClient(settings.With(parsed));
            return await WaitAsync(client, wanted, limit, cancellationToken);
        });
        return command;
    }

    private static async Task<int> WaitAsync(
        ControlClient client, string goal, TimeSpan limit, CancellationToken cancellationToken)
    {
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(AskEvery, cancellationToken))
        {
            var isLast = Stopwatch.GetElapsedTime(started) >= limit;
            try
            {
                var status = await client.StatusAsync(cancellationToken);
                if (Goals[goal](status))
                {
                    Console.WriteLine(
                        $"{status.Node}: gate {status.Gate.Phase} for {Lasting.Of(status.Gate.Seconds)}, node "
                        + $"{status.NodeState.State}");
                    return 0;
                }

                if (isLast)
                {
                    await Console.Error.WriteLineAsync(
                        $"galeragate: {status.Node} is not {goal} after {Duration.Format(limit)}: gate "
                        + $"{status.Gate.Phase}, node {status.NodeState.State}; {status.Gate.Next}");
                    return 1;
                }
            }
            catch (ControlException) when (!isLast)
            {
                // The daemon may be about to start.
            }
        }
    }
}
