using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests;

/// <summary>The questions asked after a failover, of a journal that a real daemon wrote, while it writes on.</summary>
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
    public void The_timeline_has_each_turn_with_what_went_before()
    {
        var turns = Lines("timeline", "--json", "--type", "GateOpened", "GateClosed");

        Assert.Equal(["GateOpened", "GateClosed", "GateOpened"], turns.Select(turn => turn.GetProperty("type").GetString()));
        Assert.True(turns[2].GetProperty("lasted").GetDouble() > 0);
        Assert.All(Ask("timeline").Output.TrimEnd().Split('\n'), line => Assert.Contains(" n1 ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Why_leads_from_the_observation_to_the_gate_by_number_and_by_time()
    {
        var closed = Gate.Events(nameof(GateClosed))[0];
        var seq = closed.GetProperty("seq").GetInt64();
        string[] chain = ["ObservationChanged", "VerdictChanged", "GateClosed"];

        Assert.Equal(chain, Lines("why", $"#{seq}", "--json").Select(line => line.GetProperty("type").GetString()));
        Assert.Equal(chain, Lines("why", closed.GetProperty("at").GetString()!, "--json").Select(line => line.GetProperty("type").GetString()));
        Assert.Equal(2, Ask("why", "99999").ExitCode);
        Assert.Equal(2, Ask("why", "teatime").ExitCode);
    }

    [Fact]
    public void At_gives_the_state_as_of_then()
    {
        var closed = Gate.Events(nameof(GateClosed))[0];
        var then = Lines("at", closed.GetProperty("at").GetString()!, "--json").Single();
        var now = Lines("at", "now", "--json").Single();

        Assert.Equal((false, "read-only", "closed"), (then.GetProperty("open").GetBoolean(), then.GetProperty("reason").GetString(), then.GetProperty("phase").GetString()));
        Assert.Equal((true, "synced", "3"), (now.GetProperty("open").GetBoolean(), now.GetProperty("reason").GetString(), now.GetProperty("policy").GetProperty("rise").GetString()));
        Assert.Equal(2, Ask("at", "2020-01-01").ExitCode);
    }

    [Fact]
    public void Failovers_are_the_times_in_which_the_gate_was_closed_and_no_node_open()
    {
        var found = Lines("failovers", "--json");

        var none = found.Where(one => one.TryGetProperty("open", out _)).ToList();
        var closures = found.Where(one => one.TryGetProperty("reason", out _)).ToList();
        Assert.Equal([0, 0], none.Select(one => one.GetProperty("open").GetInt32()));
        Assert.Equal(["started", "read-only"], closures.Select(one => one.GetProperty("reason").GetString()));
        Assert.Equal(Gate.Events(nameof(GateClosed))[0].GetProperty("at").GetString(), closures[1].GetProperty("from").GetString());
        Assert.StartsWith("no gate was closed in ", Ask("failovers", "--until", "2020-01-01").Output, StringComparison.Ordinal);
        Assert.Equal(2, Ask("failovers", "--below", "0").ExitCode);
    }

    [Fact]
    public void What_if_gives_what_was_recorded_with_the_recorded_policy_and_says_what_another_would_have_changed()
    {
        Gate.Stop();

        Assert.EndsWith("no difference: the same changes, each within a second\n", Ask("what-if").Output, StringComparison.Ordinal);
        var patient = Ask("what-if", "--rise", "1000");
        Assert.Equal(0, patient.ExitCode);
        Assert.Contains("what if   0 gate changes", patient.Output, StringComparison.Ordinal);
        Assert.Contains("first difference: recorded opens at ", patient.Output, StringComparison.Ordinal);
        Assert.Equal(
            Gate.Events(nameof(GateOpened), nameof(GateClosed)).Select(e => e.GetProperty("data").GetProperty("reason").GetString()),
            Lines("what-if", "--json").Select(change => change.GetProperty("reason").GetString()));
        Assert.Equal(2, Ask("what-if", "--rise", "0").ExitCode);
    }

    [Fact]
    public async Task Events_are_followed_as_they_come()
    {
        using var following = Shell.Start(GateDaemon.Binary, ["audit", "events", "--follow", "--json", "--since", "now", "--type", "HoldPlaced", "--journal", Gate.Journal]);
        var line = following.StandardOutput.ReadLineAsync();
        await Task.Delay(1500);
        Assert.False(line.IsCompleted);

        Gate.Ask("hold", "--reason", "to be followed");

        var followed = await line.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("to be followed", JsonDocument.Parse(followed!).RootElement.GetProperty("data").GetProperty("why").GetString());
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
        File.WriteAllText(segment, File.ReadAllText(segment).Replace("read-only", "read-0nly", StringComparison.Ordinal));

        var (exitCode, _, error) = Ask("verify");
        Assert.Equal(1, exitCode);
        Assert.Contains("not those that were written", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_journals_each_keeps_its_order()
    {
        var merged = Lines("events", "--json", "--journal", Gate.Journal);

        Assert.Equal(merged.Count, merged.Where((line, index) => index % 2 == 0).Count() * 2);
        Assert.All(merged.GroupBy(line => line.GetProperty("seq").GetInt64()), twins => Assert.Equal(2, twins.Count()));
        Assert.Equal(2, Ask("events", "--follow", "--journal", Gate.Journal).ExitCode);
        Assert.Equal(2, Ask("why", "1", "--journal", Gate.Journal).ExitCode);
    }

    private List<JsonElement> Lines(params string[] arguments)
    {
        var (exitCode, output, error) = Ask(arguments);
        Assert.True(exitCode == 0, error);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private (int ExitCode, string Output, string Error) Ask(params string[] arguments) => Shell.Try(GateDaemon.Binary, ["audit", .. arguments, "--journal", Gate.Journal]);
}
