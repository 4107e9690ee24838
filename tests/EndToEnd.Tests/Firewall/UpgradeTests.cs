using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>A daemon of this version on a host whose gate version 0.1.0 left open: tables, set and journal.</summary>
public sealed class UpgradeTests : IDisposable
{
    private const int Opened = 4;

    private readonly GreetedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void The_rule_of_0_1_0_is_replaced_without_a_refused_client_or_drift()
    {
        var journal = Path.Combine(_host.Folder, "journal");
        LeaveAsBefore(journal);
        using var node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
        var met = new List<string>();
        foreach (var address in GreetedHost.Addresses)
        {
            // The first connections over a new link may fail.
            _ = GatePort.Await(_host.Client, address, Meets.Server, 20);
        }

        using var watch = new Watch(() => met.AddRange(GreetedHost.Addresses
            .Select(address => (address, Meets: GatePort.Meet(_host.Client, address)))
            .Where(one => one.Meets != Meets.Server)
            .Select(one => $"{DateTime.UtcNow:HH:mm:ss.fff} {one.Meets} at {one.address}")));
        using var gate = GateDaemon.StartIn(
            _host.Server, journal, "--node", "n1", "--socket", node.Path, "--defaults-extra-file", "/dev/null");
        gate.AwaitEvent(nameof(RedirectAdded), 4);
        gate.AwaitEvent(nameof(LeaseArmed), 1);
        watch.Dispose();

        Assert.Empty(met);
        Assert.Single(gate.Events(nameof(GateAdopted)));
        Assert.Empty(gate.Events(nameof(DriftFound), nameof(DriftMended), nameof(GateClosed)));
        var changes = gate.Events(nameof(RedirectRemoved), nameof(RedirectAdded)).Skip(2).ToList();
        Assert.Equal(["REDIRECT", "DNAT", "REDIRECT", "DNAT"], changes.Select(Target));
        Assert.All(changes, change => Assert.Equal(Opened, change.GetProperty("cause").GetInt32()));
        gate.Stop();
        Record.MustHold(gate);
    }

    private static string Target(JsonElement change)
    {
        var rule = change.GetProperty("data").GetProperty("change").GetProperty("rule").GetString()!;
        return rule[(rule.IndexOf("-j ", StringComparison.Ordinal) + 3)..].Split(' ')[0];
    }

    private void LeaveAsBefore(string journal)
    {
        _host.Server.Run("ipset", "create", "GALERAGATE-3308", "bitmap:port", "range", "3308-3308", "timeout", "5");
        _host.Server.Run("ipset", "add", "GALERAGATE-3308", "3308", "timeout", "60");
        string[] tools = ["iptables", "ip6tables"];
        foreach (var tool in tools)
        {
            _host.Server.Run(
                "sh", "-c", $"printf '*nat\\n:GALERAGATE-3308 - [0:0]\\n{Anchor}\\n{Rule}\\n{Jump}\\nCOMMIT\\n' | "
                + $"{tool}-restore --noflush");
        }

        RuleChange Made(Family family) => new(family, Rule, "iptables-restore", 0, TimeSpan.FromMilliseconds(8));
        KeyValuePair<string, string?>[] seen = [new("wsrep_local_state", "4")];
        AuditEvent[] story =
        [
            new DaemonStarted("0.1.0", new Dictionary<string, string>(), TimeSpan.FromSeconds(0.5), null),
            new ObservationChanged(ObservedVariable.ReadAnswer(seen)),
            new VerdictChanged(new Verdict(Reasons.None, NodeState.Synced)),
            new GateOpened("synced"),
            new RedirectAdded(Made(Family.Ipv4)),
            new RedirectAdded(Made(Family.Ipv6)),
        ];
        var clock = Clock.OfThisHost();
        using var file = JournalFile.Open(journal, 64 << 10);
        file.Append([
            .. story.Select((@event, index) =>
                new Envelope(index + 1, clock.Now(), "n1", @event, index > 0 ? CauseOf(index) : null, null, null)),
        ]);
    }

    /// <summary>A rule change has the opening as its cause; any other event has the event before it.</summary>
    private static long CauseOf(int index) => Math.Min(index, Opened);

    private static string Anchor =>
        "-A GALERAGATE-3308 -m conntrack --ctstate INVALID -m comment --comment \"galeragate:anchor\" -j RETURN";

    private static string Jump =>
        "-A PREROUTING -p tcp -m tcp --dport 3308 -m addrtype --dst-type LOCAL -j GALERAGATE-3308";

    private static string Rule =>
        "-A GALERAGATE-3308 -p tcp -m tcp --dport 3308 -m set --match-set GALERAGATE-3308 dst -m comment "
        + $"--comment \"galeragate:n1:{Opened}\" -j REDIRECT --to-ports 3306";
}
