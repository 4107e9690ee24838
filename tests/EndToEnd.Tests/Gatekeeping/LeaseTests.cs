using System.Collections.Concurrent;
using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>A dead or frozen daemon's gate closes by itself.</summary>
[Collection(nameof(ThreeNodes))]
public sealed class LeaseTests
{
    private readonly ThreeNodes _three;

    public LeaseTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
    }

    private ClusterNode Node => _three.Node(3);

    [Fact]
    public void A_killed_daemons_gate_closes_by_itself_and_the_next_opens_only_after_rise()
    {
        using (var killed = Open())
        {
            killed.Kill();
            Assert.Equal(Meets.Server, GatePort.Meet(_three.Client, Node.Address));
        }

        AwaitBoth(Meets.Refused);
        Assert.Contains("DNAT", Node.Space.Run("iptables", ["-t", "nat", "-S"]), StringComparison.Ordinal);

        using var next = GateDaemon.Start(Node);
        AwaitBoth(Meets.Server);
        next.Stop();
        Assert.False(Data(next, nameof(LeaseLapsed)).TryGetProperty("unrefreshed", out _));
        Assert.Empty(next.Events(nameof(GateAdopted)));
        Assert.Equal(2, next.Events(nameof(GateOpened)).Count);
        Record.MustHold(next);
    }

    [Fact]
    public void A_resumed_daemon_finds_its_lease_lapsed_and_opens_only_after_rise()
    {
        using var gate = Open("--lease", "3s");
        gate.Signal("-STOP");
        AwaitBoth(Meets.Refused);
        gate.Signal("-CONT");

        AwaitBoth(Meets.Server);
        gate.Stop();
        var told = gate.Events(
            nameof(GateOpened),
            nameof(LeaseArmed),
            nameof(LoopStalled),
            nameof(LeaseLapsed),
            nameof(GateClosed),
            nameof(GateOpening));
        var closed = told.Single(e => Reason(e) == "lease-lapsed");
        var lapsed = told.Single(e => Type(e) == nameof(LeaseLapsed));
        Assert.Equal(lapsed.GetProperty("seq").GetInt64(), closed.GetProperty("cause").GetInt64());
        Assert.Equal(0, closed.GetProperty("data").GetProperty("penalty").GetDouble());
        Assert.InRange(lapsed.GetProperty("data").GetProperty("unrefreshed").GetDouble(), 3, 60);
        Assert.Contains(told, e => Type(e) == nameof(LoopStalled));
        Assert.Equal(
            [nameof(GateOpening), nameof(GateOpened), nameof(LeaseArmed)],
            told.SkipWhile(e => Reason(e) != "lease-lapsed")
                .Skip(1)
                .Select(Type)
                .Where(type => type != nameof(LoopStalled))
                .Take(3));
        Record.MustHold(gate);
    }

    [Theory]
    [InlineData(false, "iptables")]
    [InlineData(true, "iptables")]
    [InlineData(true, "nftables")]
    public void The_audit_shows_an_outage_as_a_client_saw_it(bool isKilled, string backend)
    {
        var record = new ConcurrentQueue<(DateTimeOffset At, Meets Met)>();
        using var gate = Open("--lease", "3s", "--firewall", backend);
        using var watch = new Watch(() =>
        {
            record.Enqueue((DateTimeOffset.UtcNow, GatePort.Meet(_three.Client, Node.Address)));
            Thread.Sleep(20);
        });
        gate.Signal(isKilled ? "-KILL" : "-STOP");
        Shell.Await(
            () => record.FirstOrDefault(one => one.Met == Meets.Refused) is { Met: Meets.Refused } first
                && DateTimeOffset.UtcNow - first.At > TimeSpan.FromSeconds(5),
            TimeSpan.FromSeconds(30),
            "clients to be refused for a while");
        using var next = isKilled ? GateDaemon.Start(Node, "--lease", "3s", "--firewall", backend) : null;
        if (!isKilled)
        {
            gate.Signal("-CONT");
        }

        AwaitBoth(Meets.Server);
        Shell.Await(() => record.Last().Met == Meets.Server, TimeSpan.FromSeconds(20), "the client to be served");
        watch.Dispose();
        (next ?? gate).Stop();
        // A client knows only that the end lies between two of its attempts.
        var met = record.ToList();
        var (first, last) = (
            met.FindIndex(one => one.Met == Meets.Refused), met.FindLastIndex(one => one.Met == Meets.Refused));
        var (_, output, _) = Shell.Try(
            GateDaemon.Binary, ["audit", "failovers", "--json", "--journal", gate.Journal]);
        var closure = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Single(row => row.TryGetProperty("reason", out var reason) && reason.GetString() == "lease-lapsed");
        MustLieBetween(closure.GetProperty("from").GetDateTimeOffset(), met[first - 1].At, met[first].At);
        MustLieBetween(closure.GetProperty("to").GetDateTimeOffset(), met[last].At, met[last + 1].At);
    }

    private static void MustLieBetween(DateTimeOffset moment, DateTimeOffset from, DateTimeOffset to)
    {
        var tolerance = TimeSpan.FromSeconds(0.5);
        Assert.InRange(moment, from - tolerance, to + tolerance);
    }

    [Fact]
    public void The_audit_shows_the_outage_of_a_daemon_that_never_came_back()
    {
        using var gate = Open("--lease", "3s");
        gate.Signal("-KILL");
        var (served, refused) = (DateTimeOffset.UtcNow, (DateTimeOffset?)null);
        Shell.Await(
            () =>
            {
                var at = DateTimeOffset.UtcNow;
                var met = GatePort.Meet(_three.Client, Node.Address);
                served = met == Meets.Server ? at : served;
                refused ??= met == Meets.Refused ? DateTimeOffset.UtcNow : null;
                return at - refused > TimeSpan.FromSeconds(1);
            },
            TimeSpan.FromSeconds(30),
            "clients to be refused for a while");

        var (_, output, _) = Shell.Try(
            GateDaemon.Binary, ["audit", "failovers", "--json", "--nodes", "1", "--journal", gate.Journal]);
        var rows = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        // The period with no open node and this node's closed period: both start then and have no end.
        Assert.All(new[] { rows[0], rows[^1] }, row =>
        {
            Assert.Equal(JsonValueKind.Null, row.GetProperty("to").ValueKind);
            MustLieBetween(row.GetProperty("from").GetDateTimeOffset(), served, refused!.Value);
        });
        Assert.Equal("lease-lapsed", rows[^1].GetProperty("reason").GetString());
        var (_, then, _) = Shell.Try(
            GateDaemon.Binary, ["audit", "at", "now", "--json", "--journal", gate.Journal]);
        Assert.False(JsonDocument.Parse(then).RootElement.GetProperty("open").GetBoolean());
        using var next = GateDaemon.Start(Node, "--lease", "3s");
        AwaitBoth(Meets.Server);
    }

    [Theory]
    [InlineData("iptables", 2)]
    [InlineData("nftables", 1)]
    public void A_node_that_became_unfit_during_a_stall_admits_no_client_afterwards(
        string backend, int redirects)
    {
        using var gate = Open("--lease", "3s", "--firewall", backend);
        gate.Signal("-STOP");
        AwaitBoth(Meets.Refused);
        Node.ReadOnly(true);
        try
        {
            var let = 0;
            using (new Watch(() => let += GatePort.Meet(_three.Client, Node.Address) == Meets.Refused ? 0 : 1))
            {
                gate.Signal("-CONT");
                gate.AwaitEvent(nameof(RedirectRemoved), redirects);
                Shell.Await(
                    () => gate.Status().GetProperty("verdict").GetProperty("reason").GetString() == "read-only",
                    TimeSpan.FromSeconds(20),
                    "the verdict");
            }

            Assert.Equal(0, let);
        }
        finally
        {
            Node.ReadOnly(false);
        }

        gate.Stop();
        Record.MustHold(gate);
    }

    [Fact]
    public void A_lease_removed_by_another_program_is_restored_and_both_are_recorded()
    {
        using var gate = Open();
        Node.Space.Run("ipset", ["flush", "GALERAGATE-3308"]);

        gate.AwaitEvent(nameof(LeaseArmed), 2);
        AwaitBoth(Meets.Server);
        gate.Stop();
        Assert.Contains(
            "another program removed it",
            Data(gate, nameof(LeaseFailed)).GetProperty("why").GetString(),
            StringComparison.Ordinal);
        Assert.Single(gate.Events(nameof(GateOpened)));
        Record.MustHold(gate);
    }

    [Fact]
    public void Without_a_lease_the_daemon_explains_the_consequence_and_works()
    {
        using var gate = Open("--lease", "off");
        Assert.Contains("no lease is kept (--lease off)", gate.Log, StringComparison.Ordinal);
        var lease = gate.Status().GetProperty("lease");
        Assert.Equal(
            (JsonValueKind.Null, "--lease off"),
            (lease.GetProperty("length").ValueKind, lease.GetProperty("trouble").GetString()));
        Assert.Contains(
            "if the daemon dies, its redirect stays",
            gate.Ask("status").Output.ReplaceLineEndings(" "),
            StringComparison.Ordinal);
        Assert.DoesNotContain("--match-set", Node.Space.Run("iptables", ["-t", "nat", "-S"]), StringComparison.Ordinal);
        gate.Stop();
        Record.MustHold(gate);
    }

    [Fact]
    public void If_a_foreign_set_has_the_name_the_daemon_warns_once_and_works_without()
    {
        Node.Space.Run("ipset", ["create", "GALERAGATE-3308", "hash:ip"]);
        try
        {
            using var gate = Open();
            Assert.Contains("there is another set of this name", gate.Log, StringComparison.Ordinal);
            Assert.Contains(
                "another set",
                gate.Status().GetProperty("lease").GetProperty("trouble").GetString(),
                StringComparison.Ordinal);
            gate.Stop();
        }
        finally
        {
            Node.Space.Run("ipset", ["destroy", "GALERAGATE-3308"]);
        }
    }

    [Theory]
    [InlineData("--lease", "2s", "ends between two probes")]
    [InlineData("--lease", "1500ms", "whole seconds from 2s to 1h, or off")]
    public void An_impossible_lease_is_refused_in_one_line(string option, string value, string words)
    {
        var (exitCode, _, error) = Shell.Try(
            GateDaemon.Binary, ["run", "--journal", Path.Combine(Node.Folder, "none"), option, value]);

        Assert.Equal(2, exitCode);
        Assert.Contains(words, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Node.Folder, "none")));
    }

    private GateDaemon Open(params string[] arguments)
    {
        var gate = GateDaemon.Start(Node, arguments);
        AwaitBoth(Meets.Server);
        gate.AwaitEvent(nameof(RedirectAdded), arguments.Contains("nftables") ? 1 : 2);
        return gate;
    }

    private void AwaitBoth(Meets wanted) => GatePort.AwaitBoth(_three.Client, Node, wanted);

    private static JsonElement Data(GateDaemon gate, string type) =>
        Assert.Single(gate.Events(type)).GetProperty("data");

    private static string? Type(JsonElement e) => e.GetProperty("type").GetString();

    private static string? Reason(JsonElement e) =>
        Type(e) == nameof(GateClosed) ? e.GetProperty("data").GetProperty("reason").GetString() : null;
}
