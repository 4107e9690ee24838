using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Control;

/// <summary>Shows what the running daemon sees, does and waits for.</summary>
internal static class StatusCommand
{
    /// <summary>All nodes: the same as the verb fleet.</summary>
    public const string AllNodes = "--all";

    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(500);

    public static Command Create()
    {
        var json = new Option<bool>("--json")
        {
            Description = "the whole status as JSON; docs/http.md describes each field",
        };
        var watch = new Option<bool>("--watch", "-w") { Description = "a live view, until q or Ctrl-C" };
        var verbose = new Option<bool>("--verbose", "-v")
        {
            Description = "the text of the rules, the policy and the counters too",
        };
        var explain = new Option<bool>("--explain") { Description = "what the words mean" };
        var all = new Option<bool>(AllNodes)
        {
            Description = "every node of the cluster: the same as galeragate fleet",
        };
        var command = new Command(
            "status",
            "Show what the running daemon sees, does and waits for: exit 0 open, 1 not open, 3 no daemon answers");
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        command.Options.Add(json);
        command.Options.Add(watch);
        command.Options.Add(verbose);
        command.Options.Add(explain);
        command.Options.Add(all);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(explain))
            {
                Legend.Write();
                return 0;
            }

            using var client = new ControlClient(settings.With(parsed));
            if (parsed.GetValue(watch))
            {
                return await WatchAsync(client, cancellationToken);
            }

            var status = await client.StatusAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(status, ControlJson.Default.StatusReport));
            }
            else
            {
                Write(status, parsed.GetValue(verbose));
            }

            return status.Gate.Open ? 0 : 1;
        });
        return command;
    }

    public static void Write(StatusReport status, bool isVerbose)
    {
        foreach (var line in StatusView.Headline(status))
        {
            Terminal.Output.WriteWrapped(line, 0);
        }

        Terminal.Output.Write(Line.Of(""));
        Terminal.Output.Write(StatusView.Title(status));
        foreach (var line in isVerbose ? StatusVerbose.Of(status) : StatusView.Brief(status))
        {
            Terminal.Output.WriteWrapped(line, StatusView.Indent);
        }
    }

    /// <summary>
    /// Draws on the terminal's alternate screen and restores the normal one at the end; keeps following when the daemon
    /// goes away and comes back.
    /// </summary>
    private static async Task<int> WatchAsync(ControlClient client, CancellationToken cancellationToken)
    {
        if (!Terminal.IsInteractive)
        {
            throw new FormatException("--watch needs a terminal; for a pipe run status --json repeatedly");
        }

        var (last, trouble, answered) = ((StatusReport?)null, (string?)null, Stopwatch.GetTimestamp());
        using var screen = new Screen();
        try
        {
            while (!cancellationToken.IsCancellationRequested && !Screen.QuitIsPressed())
            {
                try
                {
                    (last, trouble) = (await client.StatusAsync(cancellationToken), null);
                    answered = Stopwatch.GetTimestamp();
                }
                catch (ControlException e)
                {
                    trouble = e.Message;
                }

                var terminal = Terminal.Output.Resized();
                var silent = Stopwatch.GetElapsedTime(answered);
                var lines = WatchView.Of(last, trouble, silent, terminal, Screen.Height - 1);
                Screen.Draw(terminal, lines, "q quits");
                await Task.Delay(RedrawEvery, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C during a request.
        }

        return last is null || trouble is not null ? ControlException.NoAnswer : last.Gate.Open ? 0 : 1;
    }
}
