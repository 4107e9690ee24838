using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Audit;

/// <summary>
/// The questions asked after a failover, answered from a journal that a real daemon wrote and is still writing.
/// </summary>
public sealed class AuditTests : IDisposable
{
    private readonly DryDaemon _dry = new();

    public AuditTests()
    {
        _dry.AwaitOpen();
        _dry.Node.Variables = new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" };
        _dry.AwaitOpen(false);
        _dry.Node.Variables = new Dictionary<string, string> { ["read_only"] = "OFF", ["wsrep_on"] = "ON" };
        _dry.AwaitOpen();
        _dry.Gate.AwaitEvent(nameof(GateOpened), 2);
    }

    private GateDaemon Gate => _dry.Gate;

    public void Dispose() => _dry.Dispose();

    [Fact]
    public void The_timeline_has_each_opening_and_closing_with_its_duration()
    {
        var turns = Lines("timeline", "--json", "--type", "GateOpened", "GateClosed");

        Assert.Equal(
            ["GateOpened", "GateClosed", "GateOpened"], turns.Select(turn => turn.GetProperty("type").GetString()));
        Assert.True(turns[2].GetProperty("lasted").GetDouble() > 0);
        Assert.All(
            Ask("timeline").Output.TrimEnd().Split('\n'),
            line => Assert.Contains(" n1 ", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("timeline", true)]
    [InlineData("events", true)]
    [InlineData("failovers", true)]
    [InlineData("why GateClosed", true)]
    [InlineData("at now", false)]
    public void Rows_are_printed_in_the_requested_form(string question, bool areEvents)
    {
        // A held gate does not change, so the same question gets the same answer twice.
        Assert.Equal(0, Gate.Ask("hold", "--reason", "to be read").ExitCode);
        var closed = Gate.Events(nameof(GateClosed))[^1].GetProperty("seq").GetInt64();
        var words = question.Replace("GateClosed", $"{closed}", StringComparison.Ordinal).Split(' ');
        string Printed(params string[] form) => Ask([.. words, .. form]) is var (exitCode, output, error)
            && (exitCode, error) == (0, "") ? output : throw new InvalidOperationException($"{exitCode}: {error}");

        Assert.Equal(Printed("--json"), Printed("-o", "json"));
        Assert.Equal(Printed(), Printed("-o", "table"));
        Assert.Equal(Printed(), Printed("-o", "wide"));
        var names = Printed("-o", "name").TrimEnd().Split('\n');
        Assert.All(names, name => Assert.Matches(areEvents ? "^n1 [0-9]+$" : "^n1$", name));
        Assert.Equal(2, Ask([.. words, "-o", "yaml"]).ExitCode);
        Assert.Equal(2, Ask([.. words, "-o", "name", "--json"]).ExitCode);
    }

    [Fact]
    public void A_wide_row_is_one_line_even_on_a_narrow_terminal()
    {
        using var screen = new Tmux(
            60,
            40,
            ["sh", "-c", $"{GateDaemon.Binary} audit timeline -o wide --journal {Gate.Journal}; echo end; sleep 60"]);
        screen.Await("\nend");

        // The terminal breaks the lines; the program does not break them at a word and indent the rest.
        Assert.DoesNotContain("\n    ", screen.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Why_leads_from_the_observation_to_the_gate_by_number_and_by_time()
    {
        var closed = Gate.Events(nameof(GateClosed))[0];
        var seq = closed.GetProperty("seq").GetInt64();
        string[] chain = ["ObservationChanged", "VerdictChanged", "GateClosed"];

        Assert.Equal(chain, Lines("why", $"#{seq}", "--json").Select(line => line.GetProperty("type").GetString()));
        Assert.Equal(
            chain,
            Lines("why", closed.GetProperty("at").GetString()!, "--json")
                .Select(line => line.GetProperty("type").GetString()));
        Assert.Equal(2, Ask("why", "99999").ExitCode);
        Assert.Equal(2, Ask("why", "teatime").ExitCode);
    }

    [Fact]
    public void At_shows_the_state_at_a_time()
    {
        var closed = Gate.Events(nameof(GateClosed))[0];
        var then = Lines("at", closed.GetProperty("at").GetString()!, "--json").Single();
        var now = Lines("at", "now", "--json").Single();

        Assert.Equal(
            (false, "read-only", "closed"),
            (
                then.GetProperty("open").GetBoolean(),
                then.GetProperty("reason").GetString(),
                then.GetProperty("phase").GetString()));
        Assert.Equal(
            (true, "synced", "3"),
            (
                now.GetProperty("open").GetBoolean(),
                now.GetProperty("reason").GetString(),
                now.GetProperty("policy").GetProperty("rise").GetString()));
        Assert.Equal(2, Ask("at", "2020-01-01").ExitCode);
    }

    [Fact]
    public void Failovers_lists_when_the_gate_was_closed_and_when_no_node_was_open()
    {
        var found = Lines("failovers", "--json", "--nodes", "1");

        var none = found.Where(one => one.TryGetProperty("open", out _)).ToList();
        var closures = found.Where(one => one.TryGetProperty("reason", out _)).ToList();
        Assert.Equal([0], none.Select(one => one.GetProperty("open").GetInt32()));
        Assert.Equal(["started", "read-only"], closures.Select(one => one.GetProperty("reason").GetString()));
        Assert.Equal(
            Gate.Events(nameof(GateClosed))[0].GetProperty("at").GetString(),
            closures[1].GetProperty("from").GetString());
        Assert.StartsWith(
            "no gate was closed in ", Ask("failovers", "--until", "2020-01-01").Output, StringComparison.Ordinal);
        Assert.Equal(2, Ask("failovers", "--below", "0").ExitCode);
        Assert.Equal(2, Ask("failovers", "--nodes", "0").ExitCode);
        // A single journal does not show how many nodes were open when the cluster's size is not given.
        Assert.DoesNotContain(Lines("failovers", "--json"), one => one.TryGetProperty("open", out _));
        Assert.Contains("how many nodes were open is not known", Ask("failovers").Output, StringComparison.Ordinal);
        Assert.Contains("1 of 3 were read", Ask("failovers", "--nodes", "3").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_if_reproduces_the_recorded_policy_and_shows_what_another_changes()
    {
        Gate.Stop();

        Assert.EndsWith(
            "no difference: the same changes, each within a second\n", Ask("what-if").Output, StringComparison.Ordinal);
        var patient = Ask("what-if", "--rise", "1000");
        Assert.Equal(0, patient.ExitCode);
        Assert.Contains("what if   0 gate changes", patient.Output, StringComparison.Ordinal);
        Assert.Contains("first difference: recorded opens at ", patient.Output, StringComparison.Ordinal);
        Assert.Equal(
            Gate.Events(nameof(GateOpened), nameof(GateClosed))
                .Select(e => e.GetProperty("data").GetProperty("reason").GetString()),
            Lines("what-if", "--json").Select(change => change.GetProperty("reason").GetString()));
        Assert.Equal(2, Ask("what-if", "--rise", "0").ExitCode);
    }

    [Fact]
    public void A_note_is_recorded_with_its_author_and_shown_beside_its_event()
    {
        var closed = Gate.Events(nameof(GateClosed))[0];
        var seq = closed.GetProperty("seq").GetInt64();

        Assert.Contains(
            $"about #{seq}, by root: the first note",
            Annotate($"#{seq}", "the first note").Output,
            StringComparison.Ordinal);
        Assert.Equal(0, Annotate(closed.GetProperty("at").GetString()!, "the\nsecond").ExitCode);

        var notes = Gate.Events("Annotated");
        Assert.All(
            notes,
            note =>
                Assert.Equal(
                    (seq, seq),
                    (note.GetProperty("cause").GetInt64(), note.GetProperty("data").GetProperty("about").GetInt64())));
        foreach (var view in new[] { "timeline", "failovers" })
        {
            var lines = Ask(view).Output.Split('\n');
            var at = Array.FindIndex(
                lines, line => line.Contains("note by root: the first note", StringComparison.Ordinal));
            Assert.Contains("read-only", lines[at - 1], StringComparison.Ordinal);
            Assert.Contains("note by root: the second", lines[at + 1], StringComparison.Ordinal);
        }

        Assert.Equal(1, Annotate("999999", "about nothing").ExitCode);
        Assert.Equal(1, Annotate("1", "").ExitCode);
        Assert.Equal(2, Annotate("teatime", "when").ExitCode);
        Gate.Stop();
        Assert.Equal(3, Annotate("1", "nobody listens").ExitCode);
    }

    [Fact]
    public void Export_gives_lines_a_table_and_cloudevents()
    {
        Gate.Stop();
        var events = Gate.Events();

        Assert.Equal(Ask("events", "--json").Output, Ask("export").Output);
        var table = Ask("export", "--format", "csv", "--type", "GateClosed").Output.Split("\r\n");
        Assert.Equal(
            ("at,node,seq,cause,view,committed,type,subject,words,data", 4, ""), (table[0], table.Length, table[3]));
        Assert.EndsWith(
            ",GateClosed,gate,closed: read-only,\"{\"\"reason\"\":\"\"read-only\"\",\"\"planned\"\":false,"
            + "\"\"openAfter\"\":0.5,\"\"penalty\"\":1}\"",
            table[1],
            StringComparison.Ordinal);
        var clouds = Lines("export", "--format", "cloudevents");
        Assert.Equal(events.Count, clouds.Count);
        Assert.All(clouds.Zip(events), pair =>
        {
            var (cloud, own) = pair;
            Assert.Equal("1.0", cloud.GetProperty("specversion").GetString());
            Assert.Equal(
                ($"n1/{own.GetProperty("seq")}", $"galeragate.{own.GetProperty("type")}"),
                (cloud.GetProperty("id").GetString(), cloud.GetProperty("type").GetString()));
            Assert.True(JsonElement.DeepEquals(cloud.GetProperty("data"), own.GetProperty("data")));
            Assert.All(cloud.EnumerateObject(), field => Assert.Matches("^[a-z0-9]+$", field.Name));
        });
        Assert.Equal(2, Ask("export", "--format", "xml").ExitCode);
    }

    [Fact]
    public void Stats_counts_closes_by_day_and_reason_and_flaps()
    {
        var found = Lines("stats", "--json").Single();

        var closes = found.GetProperty("closes").EnumerateArray().Single();
        Assert.Equal(
            ("n1", "read-only", 1),
            (
                closes.GetProperty("node").GetString(),
                closes.GetProperty("reason").GetString(),
                closes.GetProperty("count").GetInt32()));
        Assert.Equal(1, found.GetProperty("flaps").GetProperty("n1").GetInt32());
        Assert.Equal("read-only", found.GetProperty("longest")[0].GetProperty("reason").GetString());
        Assert.Contains("closes by day", Ask("stats").Output, StringComparison.Ordinal);
        Assert.Contains(
            "nothing is recorded in ", Ask("stats", "--until", "2020-01-01").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_has_a_scene_for_each_event_that_matters_and_q_quits()
    {
        var scenes = Lines("replay", "--json");
        Assert.Equal(
            Lines("timeline", "--json").Select(one => one.GetProperty("seq").GetInt64()),
            scenes.Select(one => one.GetProperty("seq").GetInt64()));
        Assert.Equal(
            (true, "synced"),
            (
                scenes[^1].GetProperty("nodes").GetProperty("n1").GetProperty("open").GetBoolean(),
                scenes[^1].GetProperty("nodes").GetProperty("n1").GetProperty("reason").GetString()));
        Assert.Equal(2, Ask("replay").ExitCode);
        Assert.Equal(2, Ask("replay", "--json", "--speed", "fast").ExitCode);

        using var terminal = new Tmux(
            100,
            30,
            ["sh", "-c", $"{GateDaemon.Binary} audit replay --step --journal {Gate.Journal}; echo exit $?; sleep 60"]);
        terminal.Await("space steps, q quits");
        terminal.Type(new string(' ', scenes.Count - 1));
        terminal.Await("the end; q quits");
        terminal.Await("n1  OPEN");
        terminal.Type("q");
        terminal.Await("exit 0");
    }

    private (int ExitCode, string Output, string Error) Annotate(string what, string text) =>
        Shell.Try(GateDaemon.Binary, ["audit", "annotate", what, text, "--control", Gate.Control]);

    [Fact]
    public async Task Following_prints_events_as_they_arrive()
    {
        using var following = Shell.Start(
            GateDaemon.Binary,
            [
                "audit",
                "events",
                "--follow",
                "--json",
                "--since",
                "now",
                "--type",
                "HoldPlaced",
                "--journal",
                Gate.Journal,
            ]);
        var line = following.StandardOutput.ReadLineAsync();
        await Task.Delay(1500);
        Assert.False(line.IsCompleted);

        Gate.Ask("hold", "--reason", "to be followed");

        var followed = await line.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(
            "to be followed",
            JsonDocument.Parse(followed!).RootElement.GetProperty("data").GetProperty("why").GetString());
        following.Kill();
        await following.WaitForExitAsync();
    }

    [Fact]
    public void Verify_finds_a_changed_line_while_the_daemon_writes_on()
    {
        Gate.Stop();
        var whole = Ask("verify");
        Assert.Equal(0, whole.ExitCode);
        Assert.Matches(@"^\d+ events, \d+ bytes, head #\d+ [0-9a-f]{64}\n$", whole.Output);

        var segment = Directory.GetFiles(Gate.Journal, "*.jsonl").Single();
        File.WriteAllText(
            segment, File.ReadAllText(segment).Replace("read-only", "read-0nly", StringComparison.Ordinal));

        var (exitCode, _, error) = Ask("verify");
        Assert.Equal(1, exitCode);
        var found = JsonDocument.Parse(Ask("verify", "--json").Output).RootElement;
        Assert.Contains(
            "modified after it was written", found.GetProperty("problem").GetString()!, StringComparison.Ordinal);
        Assert.Contains(
            "modified after it was written", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_journals_each_keep_their_order()
    {
        Gate.Stop();
        var copy = Path.Combine(Path.GetDirectoryName(Gate.Journal)!, "copy");
        Shell.Run("cp", ["-r", Gate.Journal, copy]);
        var merged = Lines("events", "--json", "--journal", copy);

        Assert.Equal(merged.Count, merged.Where((line, index) => index % 2 == 0).Count() * 2);
        Assert.All(merged.GroupBy(line => line.GetProperty("seq").GetInt64()), twins => Assert.Equal(2, twins.Count()));
        Assert.Equal(2, Ask("events", "--follow", "--journal", copy).ExitCode);
        Assert.Equal(2, Ask("why", "1", "--journal", copy).ExitCode);
    }

    private List<JsonElement> Lines(params string[] arguments)
    {
        var (exitCode, output, error) = Ask(arguments);
        Assert.True(exitCode == 0, error);
        return [
            .. output
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
    }

    private (int ExitCode, string Output, string Error) Ask(params string[] arguments) =>
        Shell.Try(GateDaemon.Binary, ["audit", .. arguments, "--journal", Gate.Journal]);
}
