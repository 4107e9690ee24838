using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>
/// The running daemon repairs and records every change that another program makes to its part of the tables, and
/// touches nothing that is not the gate's own: the real program and the real kernel, with either backend.
/// </summary>
public sealed class DriftTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly GatedHost _host = new();

    public static TheoryData<string> Backends => BackendTests.Backends;

    public void Dispose() => _host.Dispose();

    [Theory]
    [MemberData(nameof(Backends))]
    public void Other_programs_changes_to_an_open_gates_rules_are_repaired_and_recorded(string backend)
    {
        using var gate = _host.Start(backend);
        _host.Await(Meets.Server);
        gate.AwaitEvent(nameof(LeaseArmed));
        var (ours, save) = (_host.Ours(backend), Path.Combine(_host.Folder, "save"));
        _host.Server.Run("sh", "-c", Mischief.Save(backend, save));
        var clients = _host.Enter();
        foreach (var (what, command) in Mischief.Of(backend))
        {
            var mended = gate.Events(nameof(DriftMended)).Count;
            Change(command.Replace("$SAVE", save, StringComparison.Ordinal));
            gate.AwaitEvent(nameof(DriftMended), mended + 1);
            Shell.Await(
                () => _host.Ours(backend) == ours,
                Soon,
                $"the rules as they were, after {what}:\n{ours}\nbut:\n{_host.Ours(backend)}");
            _host.Await(Meets.Server);
            Assert.All(clients, GatedHost.MustAnswer);
        }

        gate.Stop();
        Assert.Single(gate.Events(nameof(GateOpened)));
        Assert.Equal(
            "stopped",
            Assert.Single(gate.Events(nameof(GateClosed))).GetProperty("data").GetProperty("reason").GetString());
        MustBeFound(gate, isThere: true, " to :22", " --to-ports 22");
        MustBeFound(gate, isThere: false, "jump gate", "-A PREROUTING");
        MustBeFound(gate, isThere: false, "galeragate:anchor", "galeragate:anchor");
        Record.MustHold(gate);
    }

    [Theory]
    [InlineData(
        BackendTests.Iptables,
        "iptables -t nat -A GALERAGATE-3308 -p tcp -m tcp --dport 3308 -j REDIRECT --to-ports 3306",
        "ipset add GALERAGATE-3308 3308 timeout 3600")]
    [InlineData(
        BackendTests.Nftables,
        Mischief.AddRedirect,
        "nft add element inet galeragate-3308 open '{ 3308 timeout 1h }'")]
    public void A_redirect_that_another_program_adds_to_a_closed_gate_is_removed(
        string backend, string redirect, string lease)
    {
        using var gate = _host.Start(backend);
        _host.Await(Meets.Server);
        Assert.Equal(0, gate.Ask("hold", "--reason", "restart").ExitCode);
        _host.Await(Meets.Refused);

        _host.Server.Run("sh", "-c", redirect);
        gate.AwaitEvent(nameof(DriftMended));
        _host.Await(Meets.Refused);
        _host.Server.Run("sh", "-c", lease);
        _host.Await(Meets.Refused);
        gate.Stop();
        var (found, mended) = (gate.Events(nameof(DriftFound)), gate.Events(nameof(DriftMended)));
        Assert.Equal(found[0].GetProperty("seq").GetInt64(), mended[0].GetProperty("cause").GetInt64());
        Record.MustHold(gate);
    }

    [Theory]
    [InlineData(
        BackendTests.Iptables,
        "iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER; "
        + "iptables -t nat -A DOCKER -p tcp --dport 99 -j REDIRECT --to-ports 98; iptables -t nat -I "
        + "PREROUTING -p tcp --dport 97 -j ACCEPT",
        "iptables -t nat -F GALERAGATE-3308; iptables -t nat -S PREROUTING | grep GALERAGATE-3308 | sed 's/^-A/-D/' | "
        + "xargs iptables -t nat")]
    [InlineData(
        BackendTests.Nftables,
        "nft add table inet docker; nft add set inet docker open '{ type inet_service; elements = { 3308 }; }'; "
        + "nft add chain inet docker pre '{ type nat hook prerouting priority dstnat; }'; "
        + "nft add rule inet docker pre fib daddr type local tcp dport 99 redirect to :98; "
        + "nft add table ip galeragate-3308; nft add chain ip galeragate-3308 gate; "
        + "nft add table inet galeragate-3309; nft add rule inet docker pre tcp dport 97 accept",
        "nft delete table inet galeragate-3308")]
    public void Other_programs_rules_are_never_touched(string backend, string others, string mischief)
    {
        _host.Server.Run("sh", "-ec", others);
        var theirs = _host.Theirs(backend);
        using var gate = _host.Start(backend);
        _host.Await(Meets.Server);
        _host.Server.Run("sh", "-ec", mischief);
        gate.AwaitEvent(nameof(DriftMended));
        _host.Await(Meets.Server);
        gate.Stop();
        Assert.Equal(theirs, _host.Theirs(backend));
        Assert.Equal(0, _host.Server.Try(GateDaemon.Binary, "firewall", "purge").ExitCode);
        Assert.Equal(theirs, _host.Theirs(backend));
        Record.MustHold(gate);
    }

    /// <summary>
    /// systemctl reload nftables loads a file that begins with flush ruleset. A file saved while the gate was open
    /// contains the gate, including its lease.
    /// </summary>
    [Theory]
    [InlineData(BackendTests.Iptables, false, false)]
    [InlineData(BackendTests.Nftables, false, false)]
    [InlineData(BackendTests.Nftables, true, false)]
    [InlineData(BackendTests.Nftables, true, true)]
    public void After_a_reload_of_nftables_the_gate_is_as_the_daemon_wants_it(string backend, bool isSaved, bool isHeld)
    {
        var file = Path.Combine(_host.Folder, "nftables.conf");
        using var gate = _host.Start(backend);
        _host.Await(Meets.Server);
        gate.AwaitEvent(nameof(LeaseArmed));
        var (ours, clients) = (_host.Ours(backend), _host.Enter());
        var tables = isSaved ? "nft list ruleset" : "echo add table inet theirs";
        _host.Server.Run("sh", "-ec", $"(echo flush ruleset; {tables}) > {file}");
        if (isHeld)
        {
            Assert.Equal(0, gate.Ask("hold", "--reason", "test").ExitCode);
            _host.Await(Meets.Refused);
            ours = _host.Ours(backend);
        }

        Change($"nft -f {file}");

        Shell.Await(() => _host.Ours(backend) == ours, Soon, $"the rules as they were:\n{ours}");
        _host.Await(isHeld ? Meets.Refused : Meets.Server);
        Assert.All(clients, GatedHost.MustAnswer);
        gate.Stop();
        Record.MustHold(gate);
    }

    /// <summary>
    /// As kube-proxy and similar programs do on a busy host: each change increments the generation of all tables.
    /// </summary>
    [Theory]
    [MemberData(nameof(Backends))]
    public void The_gate_opens_and_closes_while_other_programs_constantly_change_rules(string backend)
    {
        _host.Server.Run("nft", "add table inet busy; add chain inet busy c");
        using var busy = _host.Server.Start(
            "sh", "-c", "while :; do nft 'flush chain inet busy c; add rule inet busy c accept'; done");
        try
        {
            using var gate = _host.Start(backend);
            _host.Await(Meets.Server);
            Assert.Equal(0, gate.Ask("hold", "--reason", "test").ExitCode);
            _host.Await(Meets.Refused);
            Assert.Equal(0, gate.Ask("release").ExitCode);
            _host.Await(Meets.Server);
            gate.Stop();
            _host.Await(Meets.Refused);
            Assert.Empty(gate.Events(nameof(DriftFound), nameof(RedirectChangeFailed), nameof(LeaseFailed)));
            Record.MustHold(gate);
        }
        finally
        {
            busy.Kill();
            busy.WaitForExit();
        }
    }

    private static void MustBeFound(GateDaemon gate, bool isThere, params string[] words) => Assert.Contains(
        gate.Events(nameof(DriftFound)).Select(one => one.GetProperty("data")),
        data => data.GetProperty("isThere").GetBoolean() == isThere
            && words.Any(word => data.GetProperty("rule").GetString()!.Contains(word, StringComparison.Ordinal)));

    /// <summary>
    /// nft 0.9.8 does not load a redirect that it has listed itself. That comes last in each change, so the change has
    /// been made in part.
    /// </summary>
    private void Change(string command)
    {
        var (exitCode, _, error) = _host.Server.Try("sh", "-ec", command);
        Assert.True(
            exitCode == 0
                || (error.Contains("Protocol error", StringComparison.Ordinal)
                    && _host.Server.Run("nft", "--version").Contains(" v0.9.8 ", StringComparison.Ordinal)),
            error);
    }
}
