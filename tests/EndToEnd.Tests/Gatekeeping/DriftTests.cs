using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>
/// Whatever somebody else does to the tables under a running daemon is mended and recorded, and nothing but our own
/// chain is touched for it.
/// </summary>
[Collection(nameof(ThreeOtherNodes))]
public sealed class DriftTests
{
    private const string Redirect = "-p tcp -m tcp --dport 3308 -j REDIRECT --to-ports 3306";

    /// <summary>
    /// Each as a shell knows it; $CHAIN is the gate's. What others have in the tables is there before and afterwards.
    /// </summary>
    private static readonly (string What, string Command)[] Mischief =
    [
        ("rules flushed", "iptables -t nat -F $CHAIN"),
        ("the anchor deleted", "iptables -t nat -D $CHAIN 1"),
        ("a rule doubled", $"iptables -t nat -A $CHAIN {Redirect}"),
        (
            "rules reordered",
            "r=$(iptables -t nat -S $CHAIN | sed -n 2p | sed 's/^-A/-D/'); a=$(echo \"$r\" | sed 's/^-D/-A/'); eval "
            + "iptables -t nat $r; eval iptables -t nat $a"),
        ("a rule changed by hand", "iptables -t nat -R $CHAIN 2 -p tcp -m tcp --dport 3308 -j REDIRECT --to-ports 22"),
        ("the jump deleted", "iptables -t nat -S PREROUTING | grep $CHAIN | sed 's/^-A/-D/' | xargs iptables -t nat"),
        ("the jump doubled", "iptables -t nat -A PREROUTING -j $CHAIN"),
        (
            "the chain deleted",
            "iptables -t nat -S PREROUTING | grep $CHAIN | sed 's/^-A/-D/' | xargs iptables -t nat; iptables -t nat "
            + "-F $CHAIN; iptables -t nat -X $CHAIN"),
        (
            "everything flushed and the set destroyed, as by a firewall that reloads",
            "iptables -t nat -F; iptables -t nat -X; ip6tables -t nat -F; ip6tables -t nat -X; ipset destroy $CHAIN"),
        (
            "rewritten by somebody who keeps his own rules alone",
            "printf '*nat\\n:PREROUTING ACCEPT\\n:KUBE-SERVICES -\\n-A PREROUTING -j KUBE-SERVICES\\nCOMMIT\\n' | "
            + "iptables-restore"),
        (
            "an old save restored, with a redirect of ours in it",
            "sed 's/galeragate:n3:[0-9]*/galeragate:n3:1/' $SAVE | iptables-restore"),
    ];

    private readonly ThreeNodes _three;

    public DriftTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
    }

    private ClusterNode Node => _three.Node(3);

    [Fact]
    public void What_others_do_to_the_tables_of_an_open_gate_is_mended_and_recorded()
    {
        using var gate = GateDaemon.Start(Node);
        Await(Meets.Server);
        var (ours, mended) = (Ours(), 0);
        Node.Space.Run("sh", ["-c", $"iptables-save -t nat > {Node.Folder}/save"]);
        foreach (var (what, command) in Mischief)
        {
            Do(command);
            gate.AwaitEvent(nameof(DriftMended), ++mended);
            Shell.Await(
                () => Ours() == ours,
                TimeSpan.FromSeconds(10),
                $"the rules as they were, after {what}:\n{ours}\nbut:\n{Ours()}");
            Await(Meets.Server);
            // Several at once in both families may be mended in more than one go.
            mended = Settled(gate);
        }

        gate.Stop();
        Assert.Single(gate.Events(nameof(GateOpened)));
        Assert.Equal(
            "stopped",
            Assert.Single(gate.Events(nameof(GateClosed))).GetProperty("data").GetProperty("reason").GetString());
        var found = gate.Events(nameof(DriftFound)).Select(e => e.GetProperty("data")).ToList();
        Assert.Contains(
            found,
            data =>
                data.GetProperty("isThere").GetBoolean()
                && data.GetProperty("rule").GetString()!.Contains("--to-ports 22", StringComparison.Ordinal));
        Assert.Contains(
            found,
            data =>
                !data.GetProperty("isThere").GetBoolean()
                && data.GetProperty("rule").GetString()!.Contains("-A PREROUTING", StringComparison.Ordinal));
        Assert.Contains(
            found,
            data =>
                !data.GetProperty("isThere").GetBoolean()
                && data.GetProperty("rule").GetString()!.Contains("galeragate:anchor", StringComparison.Ordinal));
        Record.MustHold(gate);
    }

    [Fact]
    public void A_redirect_that_somebody_adds_to_a_closed_gate_is_taken_away_again()
    {
        using var gate = GateDaemon.Start(Node);
        Await(Meets.Server);
        Assert.Equal(0, gate.Ask("hold", "--reason", "restart").ExitCode);
        Await(Meets.Refused);

        Do($"iptables -t nat -A $CHAIN {Redirect}");
        gate.AwaitEvent(nameof(DriftMended));
        Await(Meets.Refused);
        Do("ipset add $CHAIN 3308 timeout 3600 2>/dev/null; true");
        Await(Meets.Refused);
        gate.Stop();
        var (found, mended) = (gate.Events(nameof(DriftFound)), gate.Events(nameof(DriftMended)));
        Assert.Equal(found[0].GetProperty("seq").GetInt64(), mended[0].GetProperty("cause").GetInt64());
        Record.MustHold(gate);
    }

    [Fact]
    public void What_others_have_in_the_tables_is_never_touched()
    {
        Do(
            "iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER; "
            + "iptables -t nat -A DOCKER -p tcp --dport 99 -j REDIRECT --to-ports 98; iptables -t nat -I "
            + "PREROUTING -p tcp --dport 97 -j ACCEPT");
        try
        {
            var theirs = Theirs();
            using var gate = GateDaemon.Start(Node);
            Await(Meets.Server);
            Do(
                "iptables -t nat -F $CHAIN; iptables -t nat -S PREROUTING | grep $CHAIN | sed 's/^-A/-D/' | xargs "
                + "iptables -t nat");
            gate.AwaitEvent(nameof(DriftMended));
            Await(Meets.Server);
            gate.Stop();
            Assert.Equal(theirs, Theirs());
            Record.MustHold(gate);
        }
        finally
        {
            Do("iptables -t nat -F PREROUTING; iptables -t nat -F DOCKER; iptables -t nat -X DOCKER");
        }
    }

    private void Do(string command) =>
        Node.Space.Run(
            "sh",
            [
                "-c",
                command
                    .Replace("$CHAIN", "GALERAGATE-3308", StringComparison.Ordinal)
                    .Replace("$SAVE", Node.Folder + "/save", StringComparison.Ordinal),
            ]);

    private string Ours() =>
        string.Join(
            '\n',
            Node.Space.Run("iptables", ["-t", "nat", "-S"])
                .Split('\n')
                .Where(line => line.Contains("GALERAGATE", StringComparison.Ordinal)));

    private string Theirs() =>
        string.Join(
            '\n',
            Node.Space.Run("iptables", ["-t", "nat", "-S"])
                .Split('\n')
                .Where(line => !line.Contains("GALERAGATE", StringComparison.Ordinal)));

    private void Await(Meets wanted) => GatePort.AwaitBoth(_three.Client, Node, wanted);

    /// <summary>How many mends there were, once two looks at the tables in a row brought no further one.</summary>
    private static int Settled(GateDaemon gate)
    {
        var (count, since) = (-1, DateTime.UtcNow);
        Shell.Await(
            () =>
            {
                var now = gate.Events(nameof(DriftMended)).Count;
                since = now == count ? since : DateTime.UtcNow;
                count = now;
                return DateTime.UtcNow - since > TimeSpan.FromSeconds(1.2);
            },
            TimeSpan.FromSeconds(20), "the tables to be left alone");
        return count;
    }
}
