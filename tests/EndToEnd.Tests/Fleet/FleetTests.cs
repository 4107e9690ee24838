using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Fleet;

/// <summary>Three daemons at three addresses of one host, queried as a cluster.</summary>
public sealed class FleetTests : IDisposable
{
    private static readonly string[] Peers = ["--peers", "127.0.0.1", "127.0.0.2", "127.0.0.3"];

    private readonly DryDaemon _first = new("--http", "9200");
    private readonly LabHost _folder = new();
    private readonly List<ScriptedGaleraNode> _nodes = [];
    private readonly List<GateDaemon> _gates = [];

    public FleetTests()
    {
        StartOther(2);
        StartOther(3);
        _first.AwaitOpen();
        _gates.ForEach(gate => Shell.Await(
            () => gate.Ask("status").ExitCode == 0, TimeSpan.FromSeconds(20), "the other gates to open"));
    }

    public void Dispose()
    {
        _gates.ForEach(gate => gate.Dispose());
        _nodes.ForEach(node => node.Dispose());
        _first.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Every_node_has_a_row_and_the_exit_code_says_how_many_are_open()
    {
        var (exitCode, output, error) = Ask();
        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("3 of 3 gates open\n", output, StringComparison.Ordinal);
        Assert.Equal("n1\nn2\nn3\n", Ask("-o", "name").Output);

        _nodes[0].Variables = new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" };
        Await(() => Ask().ExitCode == 1);
        _gates[1].Kill();

        (exitCode, output, _) = Ask();
        Assert.Equal(1, exitCode);
        Assert.StartsWith("1 of 3 gates open, 1 does not answer\n", output, StringComparison.Ordinal);
        Assert.Matches("(?m)^n2 +CLOSED", output);
        Assert.Contains("read_only is ON; opens 3 good probes", output, StringComparison.Ordinal);
        Assert.Matches("(?m)^127.0.0.3 +NO ANSWER", output);
        Assert.All(Ask("-o", "wide").Output.Split('\n'), line => Assert.False(line.StartsWith(' ')));

        Assert.Equal(0, _first.Gate.Ask("hold", "--reason", "the last one").ExitCode);
        (exitCode, output, _) = Ask();
        Assert.Equal(4, exitCode);
        Assert.StartsWith("NO GATE OPEN", output, StringComparison.Ordinal);
        Assert.Contains("held by root: the last one", output, StringComparison.Ordinal);
        Assert.Equal(4, _first.Gate.Ask("status", ["--all", .. Peers]).ExitCode);
        Assert.Equal(2, Ask("-o", "yaml").ExitCode);
    }

    [Fact]
    public void A_silent_node_is_shown_from_the_archive_and_not_counted_as_open()
    {
        using var archive = PostgresServer.Begin();
        Assert.Equal(0, Shell.Try(GateDaemon.Binary, ["archive", "init", "--archive", archive.Connection]).ExitCode);
        string[] shipping = ["--archive", archive.Connection, "--cluster", "c"];
        _gates[1].Dispose();
        StartOther(3, shipping);
        var third = _gates[^1];
        Shell.Await(
            () => third.Ask("status").ExitCode == 0
                && third.Status() is var status
                && status.GetProperty("archive").GetProperty("lagEvents") is { ValueKind: JsonValueKind.Number } lag
                && lag.GetInt64() == 0,
            TimeSpan.FromSeconds(30),
            "the third node's events to be archived");
        Assert.Equal("http", Of("n3", shipping).GetProperty("from").GetString());

        third.Kill();
        var node = Of("n3", shipping);

        Assert.Equal("archive", node.GetProperty("from").GetString());
        Assert.Equal("open", node.GetProperty("gate").GetString());
        Assert.Equal(JsonValueKind.Null, node.GetProperty("open").ValueKind);
        Assert.Equal("127.0.0.3", node.GetProperty("address").GetString());
        var (exitCode, output, _) = Ask(shipping);
        Assert.Equal(1, exitCode);
        Assert.Matches("(?m)^n3 +was open", output);
        Assert.Contains("from the archive, as of", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_document_names_every_field()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "http.md"));
        using var report = JsonDocument.Parse(Ask("--json").Output);
        var node = report.RootElement.GetProperty("nodes")[0];
        Assert.All(
            report.RootElement.EnumerateObject().Concat(node.EnumerateObject()),
            field => Assert.Contains($"`{field.Name}`", document, StringComparison.Ordinal));
    }

    [Fact]
    public void The_live_view_fits_80_by_24_and_follows()
    {
        var command = $"ip netns exec {_first.Space.Name} {GateDaemon.Binary} fleet --watch "
            + $"--control {_first.Gate.Control} --config {_first.Config} --socket {_first.Node.Path} "
            + $"--defaults-extra-file /dev/null {string.Join(' ', Peers)}";
        using var screen = new Tmux(80, 24, ["sh", "-c", $"{command}; echo exit $?; sleep 60"]);
        screen.Await("3 of 3 gates open");

        _nodes[1].Variables = new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" };
        screen.Await("2 of 3 gates open");
        screen.Await("read_only is ON");
        var lines = screen.Screen.TrimEnd().Split('\n');
        Assert.True(lines.Length <= 24 && lines.All(line => line.Length <= 80));

        screen.Type("q");
        screen.Await("exit 1");
    }

    private void StartOther(int number, params IEnumerable<string> arguments)
    {
        _nodes.Add(new ScriptedGaleraNode(Path.Combine(_folder.Folder, $"mysql{_nodes.Count + 2}.sock")));
        _gates.Add(
            GateDaemon.StartIn(
                _first.Space,
                Path.Combine(_folder.Folder, $"journal{_gates.Count + 2}"),
                [
                    "--dry-run",
                    "--node",
                    $"n{number}",
                    "--socket",
                    _nodes[^1].Path,
                    "--defaults-extra-file",
                    "/dev/null",
                    "--http",
                    $"127.0.0.{number}:9200",
                    .. arguments,
                ]));
    }

    private (int ExitCode, string Output, string Error) Ask(params IEnumerable<string> arguments) =>
        _first.Space.Try(
            GateDaemon.Binary,
            [
                "fleet",
                "--control",
                _first.Gate.Control,
                "--config",
                _first.Config,
                "--socket",
                _first.Node.Path,
                "--defaults-extra-file",
                "/dev/null",
                .. arguments,
                .. Peers,
            ]);

    private JsonElement Of(string name, IEnumerable<string> arguments) =>
        JsonDocument.Parse(Ask(["--json", .. arguments]).Output).RootElement
            .GetProperty("nodes")
            .EnumerateArray()
            .Single(node => node.GetProperty("node").GetString() == name);

    private static void Await(Func<bool> holds) => Shell.Await(holds, TimeSpan.FromSeconds(20), "the fleet to show it");
}
