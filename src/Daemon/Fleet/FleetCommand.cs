using System.CommandLine;
using System.Text.Json;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Fleet;

/// <summary>Shows every node of the cluster, one row each.</summary>
internal static class FleetCommand
{
    private const string Name = "fleet";

    private static readonly TimeSpan RedrawEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookForKeyEvery = TimeSpan.FromMilliseconds(100);

    public static Command Create()
    {
        var json = new Option<bool>("--json")
        {
            Description = "the same as -o json; docs/http.md describes each field",
        };
        var form = new FormOption(json, "the nodes");
        var watch = new Option<bool>("--watch", "-w") { Description = "a live view, until q or Ctrl-C" };
        var http = PeerHttp.Port("which are asked for their status");
        var command = new Command(
            Name,
            "Show every node of the cluster: exit 0 all gates are open, 1 some, 4 none; asks this daemon, the others' "
            + "HTTP ports, and for those that do not answer the archive");
        var settings = Settings.For(command, OptionTable.Gate, OptionTable.Server);
        form.AddTo(command);
        new Option[] { json, watch, http }.ToList().ForEach(command.Options.Add);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var wanted = form.Of(parsed);
            var given = settings.With(parsed);
            using var client = new ControlClient(given);
            var reader = new FleetReader(
                new OtherGates(given.List("peers"), given.Port("gate-port"), ServerAddress.Of(given, _ => { })),
                parsed.GetValue(http),
                ArchivedNodes.Of(given, TimeProvider.System),
                TimeProvider.System);
            async Task<FleetReport> ReadAsync() => await ReadOnceAsync(client, given, reader, cancellationToken);
            if (!parsed.GetValue(watch))
            {
                var report = await ReadOnceAsync(client, given, reader, cancellationToken);
                Write(report, wanted);
                return report.ExitCode;
            }

            return Terminal.IsInteractive && wanted is OutputForm.Table or OutputForm.Wide
                ? await WatchAsync(ReadAsync, wanted == OutputForm.Wide, cancellationToken)
                : throw new FormatException("--watch needs a terminal, and a table: for a pipe run it repeatedly");
        });
        return command;
    }

    /// <summary>status --all means fleet.</summary>
    public static string[] Meant(string[] words) =>
        words is ["status", .. var rest] && rest.Contains(StatusCommand.AllNodes)
            ? [Name, .. rest.Where(word => word != StatusCommand.AllNodes)]
            : words;

    private static async Task<FleetReport> ReadOnceAsync(
        ControlClient client, Settings settings, FleetReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(await OwnAsync(client, settings, cancellationToken), cancellationToken);

    /// <summary>
    /// This host's node; null if the others are named and there is no daemon here, as on an operator's own host.
    /// </summary>
    private static async Task<FleetNode?> OwnAsync(
        ControlClient client, Settings settings, CancellationToken cancellationToken)
    {
        try
        {
            return Of(await client.StatusAsync(cancellationToken));
        }
        catch (ControlException e)
        {
            var named = settings.Text("node");
            return settings.Strength("peers") == Settings.OfTheCommandLine && named.Length == 0 ? null : new FleetNode
            {
                Node = named.Length > 0 ? named : Environment.MachineName,
                From = FleetNode.OfNothing,
                Trouble = e.Message,
            };
        }
    }

    /// <summary>The row for this host's daemon.</summary>
    public static FleetNode? Of(StatusReport status) => PeerStatus.Read(
        JsonSerializer.SerializeToUtf8Bytes(status, ControlJson.Default.StatusReport), FleetNode.OfDaemon, null);

    private static void Write(FleetReport report, OutputForm form)
    {
        switch (form)
        {
            case OutputForm.Json:
                Console.WriteLine(JsonSerializer.Serialize(report, FleetJson.Default.FleetReport));
                break;
            case OutputForm.Name:
                report.Nodes.ToList().ForEach(node => Console.WriteLine(node.Node));
                break;
            case OutputForm.Wide:
                FleetTable.Of(report, isWide: true).ToList().ForEach(Terminal.Unbounded.Write);
                break;
            default:
                FleetTable.Fitting(report, Terminal.Output).ToList().ForEach(Terminal.Output.Write);
                break;
        }
    }

    private static async Task<int> WatchAsync(
        Func<Task<FleetReport>> readAsync, bool isWide, CancellationToken cancellationToken)
    {
        FleetReport? last = null;
        using var screen = new Screen();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                last = await readAsync();
                for (var waited = TimeSpan.Zero; waited < RedrawEvery; waited += LookForKeyEvery)
                {
                    if (Screen.QuitIsPressed())
                    {
                        return last.ExitCode;
                    }

                    var terminal = Terminal.Output.Resized();
                    var lines = isWide ? FleetTable.Of(last, isWide) : FleetTable.Fitting(last, terminal);
                    Screen.Draw(terminal, lines, $"as of {last.At.UtcDateTime:HH:mm:ss}Z; q quits");
                    await Task.Delay(LookForKeyEvery, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C.
        }

        return last?.ExitCode ?? 4;
    }
}
