using System.Collections.Concurrent;
using System.Globalization;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;
using Xunit.Abstractions;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>
/// The same gate with iptables alone and with nftables alone: each fault, and what clients met, with the real program
/// and the real kernel.
/// </summary>
public sealed class BackendTests(ITestOutputHelper output) : IDisposable
{
    internal const string Iptables = "iptables";
    internal const string Nftables = "nftables";

    private readonly GatedHost _host = new();

    public static TheoryData<string> Backends => [Iptables, Nftables];

    public static TheoryData<string, string> Faults => new()
    {
        { Iptables, "iptables -t nat -F GALERAGATE-3308; ip6tables -t nat -F GALERAGATE-3308" },
        { Iptables, "iptables -t nat -F; iptables -t nat -X; ip6tables -t nat -F; ip6tables -t nat -X" },
        { Iptables, "ipset flush GALERAGATE-3308" },
        { Nftables, "nft flush table inet galeragate-3308" },
        { Nftables, "nft delete table inet galeragate-3308" },
        { Nftables, "nft flush ruleset" },
        { Nftables, "nft flush set inet galeragate-3308 open" },
    };

    public void Dispose() => _host.Dispose();

    [Theory]
    [MemberData(nameof(Backends))]
    public void A_gate_opens_and_closes_and_connected_clients_stay(string backend)
    {
        using var gate = _host.Start(backend);
        _host.Await(Meets.Server);
        var clients = _host.Enter();
        var status = gate.Status();
        Assert.Equal(backend, status.GetProperty("firewall").GetProperty("backend").GetString());
        Assert.Equal(
            backend == Nftables ? ["inet"] : ["ipv4", "ipv6"],
            status.GetProperty("redirects").EnumerateArray().Select(one => one.GetProperty("family").GetString()));

        Shell.Await(
            () => gate.Status().TryGetProperty("outside", out var outside)
                && outside.TryGetProperty("by", out var by)
                && by.GetString() is "10.77.0.2" or "fd77::2",
            TimeSpan.FromSeconds(10),
            "the client to be seen");
        Assert.Contains(" ago: a client at ", gate.Ask("status", "--verbose").Output, StringComparison.Ordinal);
        for (var turn = 0; turn < 2; turn++)
        {
            Assert.Equal(0, gate.Ask("hold", "--reason", "test").ExitCode);
            _host.Await(Meets.Refused);
            Assert.All(clients, GatedHost.MustAnswer);
            Assert.Equal(0, gate.Ask("release").ExitCode);
            _host.Await(Meets.Server);
            Assert.All(clients, GatedHost.MustAnswer);
        }

        gate.Stop();
        _host.Await(Meets.Refused);
        Assert.All(clients, GatedHost.MustAnswer);
        Assert.Empty(gate.Events(nameof(DriftFound), nameof(RedirectChangeFailed), nameof(LeaseFailed)));
        Record.MustHold(gate);
        var (exitCode, gone, error) = _host.Server.Try(GateDaemon.Binary, "firewall", "purge");
        Assert.True(exitCode == 0, gone + error);
        Assert.DoesNotContain("galeragate", _host.Tables(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Rules_that_another_program_removes_are_restored_and_clients_stay(string backend, string fault)
    {
        using var gate = _host.Start(backend);
        _host.Await(Meets.Server);
        var clients = _host.Enter();
        var record = new ConcurrentQueue<(DateTimeOffset At, Meets Met)>();
        using var watch = _host.Record(record);
        var at = DateTimeOffset.UtcNow;
        _host.Server.Run("sh", "-c", fault);
        gate.AwaitEvent(
            fault.Contains("set", StringComparison.Ordinal) && !fault.Contains("ruleset", StringComparison.Ordinal)
                ? nameof(LeaseFailed)
                : nameof(DriftMended));
        AwaitServedAfter(record, at);
        watch.Dispose();

        Say(backend, fault, at, record);
        Assert.All(clients, GatedHost.MustAnswer);
        gate.Stop();
        Assert.Single(gate.Events(nameof(GateOpened)));
        Record.MustHold(gate);
    }

    [Theory]
    [InlineData(Iptables, "-KILL")]
    [InlineData(Nftables, "-KILL")]
    [InlineData(Iptables, "-STOP")]
    [InlineData(Nftables, "-STOP")]
    public void A_daemon_that_dies_or_freezes_has_its_gate_closed_by_the_lease(string backend, string signal)
    {
        using var gate = _host.Start(backend, "--lease", "3s");
        _host.Await(Meets.Server);
        gate.AwaitEvent(nameof(LeaseArmed));
        var clients = _host.Enter();
        var record = new ConcurrentQueue<(DateTimeOffset At, Meets Met)>();
        using var watch = _host.Record(record);
        var at = DateTimeOffset.UtcNow;
        gate.Signal(signal);
        Shell.Await(
            () => record.Any(one => one.Met == Meets.Refused), TimeSpan.FromSeconds(20), "clients to be refused");
        Assert.All(clients, GatedHost.MustAnswer);
        using var next = signal == "-KILL" ? _host.Start(backend, "--lease", "3s") : null;
        if (next is null)
        {
            gate.Signal("-CONT");
        }

        (next ?? gate).AwaitEvent(nameof(GateOpened), 2);
        AwaitServedAfter(record, DateTimeOffset.UtcNow);
        watch.Dispose();
        Say(backend, "kill " + signal, at, record);
        Assert.All(clients, GatedHost.MustAnswer);
        (next ?? gate).Stop();
        Assert.Equal(2, gate.Events(nameof(GateOpened)).Count);
        Record.MustHold(gate);
    }

    [Theory]
    [InlineData(Iptables, Nftables)]
    [InlineData(Nftables, Iptables)]
    [InlineData(Nftables, Nftables)]
    [InlineData(Iptables, Iptables)]
    public void Another_backend_takes_an_open_gate_over_without_a_refused_client(string before, string after)
    {
        using var gate = _host.Start(before, [.. GateDaemon.Patient]);
        _host.Await(Meets.Server);
        var clients = _host.Enter();
        var record = new ConcurrentQueue<(DateTimeOffset At, Meets Met)>();
        using var watch = _host.Record(record);
        var at = DateTimeOffset.UtcNow;
        gate.EndBy("-USR2");
        using var next = _host.Start(after, [.. GateDaemon.Patient]);
        next.AwaitEvent(nameof(GateAdopted));
        next.AwaitEvent(nameof(LeaseArmed), 2);
        Shell.Await(
            () => before == after || !_host.Tables().Contains(
                before == Iptables ? "GALERAGATE" : "table inet galeragate", StringComparison.Ordinal),
            TimeSpan.FromSeconds(10),
            $"what {before} had to be gone:\n{_host.Tables()}");
        AwaitServedAfter(record, DateTimeOffset.UtcNow);
        watch.Dispose();

        Say($"{before} to {after}", "change of backend", at, record);
        Assert.DoesNotContain(record, one => one.Met != Meets.Server);
        Assert.All(clients, GatedHost.MustAnswer);
        Assert.Empty(next.Events(nameof(DriftFound), nameof(DriftMended), nameof(GateClosed)));
        Assert.Single(next.Events(nameof(GateOpened)));
        next.Stop();
        _host.Await(Meets.Refused);
        Record.MustHold(next);
    }

    [Theory]
    [InlineData(Iptables, "-KILL")]
    [InlineData(Nftables, "-KILL")]
    [InlineData(Iptables, "-TERM", "--keep-redirect")]
    [InlineData(Nftables, "-TERM", "--keep-redirect")]
    [InlineData(Iptables, "-USR2")] // the unit's signal for a restart
    [InlineData(Nftables, "-USR2")]
    public void A_killed_or_handed_over_daemon_is_replaced_without_a_refused_client(
        string backend, string signal, params string[] arguments)
    {
        arguments = [.. arguments, .. GateDaemon.Patient];
        var record = new ConcurrentQueue<(DateTimeOffset At, Meets Met)>();
        using (var first = _host.Start(backend, arguments))
        {
            _host.Await(Meets.Server);
            first.AwaitEvent(nameof(LeaseArmed));
            first.AwaitEvent(nameof(RedirectAdded), backend == Iptables ? 2 : 1);
            first.EndBy(signal);
        }

        var clients = _host.Enter();
        using (_host.Record(record))
        {
            for (var i = 1; i <= 2; i++)
            {
                using var next = _host.Start(backend, arguments);
                next.AwaitEvent(nameof(GateAdopted), i);
                next.AwaitEvent(nameof(VerdictChanged), i + 1);
                next.EndBy(signal);
                Assert.All(clients, GatedHost.MustAnswer);
            }
        }

        using var last = _host.Start(backend, arguments);
        last.AwaitEvent(nameof(GateAdopted), 3);
        Assert.NotEmpty(record);
        Assert.True(
            record.All(one => one.Met == Meets.Server),
            $"refused at {record.FirstOrDefault(one => one.Met != Meets.Server).At:O}\n"
            + string.Join('\n', last.Events().Select(one => one.ToString())));
        Assert.Empty(last.Events(
            nameof(RedirectRemoved), nameof(GateClosed), nameof(DriftFound), nameof(DriftMended)));
        Record.MustHold(last);
    }

    [Fact]
    public void Auto_chooses_nftables_when_iptables_cannot_read_its_table()
    {
        _host.Server.Run(
            "nft", "add table ip nat; add chain ip nat X; add rule ip nat X tcp dport 99 meta mark set 5");
        using var gate = _host.Start("auto");
        _host.Await(Meets.Server);
        var firewall = gate.Status().GetProperty("firewall");

        // iptables 1.8.7 can read it.
        var canRead = _host.Server.Try("iptables", "-t", "nat", "-S").ExitCode == 0;
        Assert.Equal(canRead ? "iptables" : "nftables", firewall.GetProperty("backend").GetString());
        if (canRead)
        {
            return;
        }

        Assert.Contains(
            "a rule that nft itself made", firewall.GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Contains("the firewall's backend is nftables: auto: ", gate.Log, StringComparison.Ordinal);
        gate.Stop();
        _host.Await(Meets.Refused);
        Assert.Contains("99", _host.Server.Run("nft", "list", "table", "ip", "nat"), StringComparison.Ordinal);
        Record.MustHold(gate);
    }

    [Fact]
    public void Auto_chooses_iptables_when_it_works()
    {
        using var gate = _host.Start("auto");
        _host.Await(Meets.Server);
        Assert.Equal(
            "iptables (auto: it works here)",
            $"{gate.Status().GetProperty("firewall").GetProperty("backend").GetString()} "
            + $"({gate.Status().GetProperty("firewall").GetProperty("why").GetString()})");
        Assert.DoesNotContain("TRY", _host.Tables(), StringComparison.Ordinal);
        gate.Stop();
    }

    [Fact]
    public void A_close_at_once_removes_a_gate_that_another_backend_left_open()
    {
        using var gate = _host.Start(Iptables, "--lease", "60s");
        _host.Await(Meets.Server);
        gate.EndBy("-USR2");
        _host.Node.Variables = new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" };
        Assert.Equal(Meets.Server, GatePort.Meet(_host.Client, GatedHost.Addresses[0]));

        using var next = _host.Start(Nftables);
        _host.Await(Meets.Refused);
        next.AwaitEvent(nameof(RedirectRemoved), 2);
        next.Stop();
        Assert.DoesNotContain("GALERAGATE", _host.Tables(), StringComparison.Ordinal);
        Record.MustHold(next);
    }

    /// <summary>For a while after that, clients of both address families met only the server.</summary>
    private static void AwaitServedAfter(ConcurrentQueue<(DateTimeOffset At, Meets Met)> record, DateTimeOffset at) =>
        Shell.Await(
            () => record.Where(one => one.At > at).TakeLast(20).ToList() is { Count: 20 } last
                && last.TrueForAll(one => one.Met == Meets.Server),
            TimeSpan.FromSeconds(20),
            "clients to be served again");

    private void Say(
        string backend, string fault, DateTimeOffset at, ConcurrentQueue<(DateTimeOffset At, Meets Met)> record)
    {
        var refused = record.Where(one => one.At > at && one.Met != Meets.Server).ToList();
        var words = refused.Count == 0
            ? "nobody was refused"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"refused from {(refused[0].At - at).TotalSeconds:0.00} s to "
                + $"{(refused[^1].At - at).TotalSeconds:0.00} s"
                + $", {refused.Count(one => one.Met == Meets.Silence)} met silence");
        output.WriteLine($"{backend} | {fault} | {words} ({record.Count(one => one.At > at)} attempts)");
    }
}
