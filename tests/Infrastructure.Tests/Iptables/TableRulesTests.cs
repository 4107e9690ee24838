using System.Net;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Iptables;

namespace GaleraGate.Infrastructure.Tests.Iptables;

/// <summary>
/// How rules are compared and changed, as text. IptablesGateTests shows with packets that the text does what it should.
/// </summary>
public sealed class TableRulesTests
{
    private const string Anchor =
        "-A GALERAGATE-3308 -m conntrack --ctstate INVALID -m comment --comment \"galeragate:anchor\" -j RETURN";
    private const string Jump =
        "-A PREROUTING -p tcp -m tcp --dport 3308 -m addrtype --dst-type LOCAL -j GALERAGATE-3308";
    private const string Redirection =
        "-A GALERAGATE-3308 -p tcp -m tcp --dport 3308 -m comment --comment \"galeragate:n1:7\" -j DNAT "
        + "--to-destination :3306";

    private static readonly GateRules Gate = new("n1", 3308, 3306, [], LocalClients: false);

    [Fact]
    public void An_empty_table_gets_chain_anchor_and_jump_in_one_change() => Assert.Equal(
        $"""
        *nat
        :GALERAGATE-3308 - [0:0]
        {Anchor}
        -I PREROUTING 1 {Jump["-A PREROUTING ".Length..]}
        COMMIT

        """,
        Read("-P PREROUTING ACCEPT").ChangeTo(Closed));

    [Fact]
    public void Rules_that_are_as_wanted_are_not_changed() =>
        Assert.Null(Read("-N GALERAGATE-3308", Jump, "-A PREROUTING -j DOCKER", Anchor, Redirection).ChangeTo(Open));

    [Fact]
    public void Duplicate_or_foreign_rules_in_our_chain_are_removed_in_one_rewrite() => Assert.Equal(
        $"*nat\n:GALERAGATE-3308 - [0:0]\n{Anchor}\nCOMMIT\n",
        Read("-N GALERAGATE-3308", Jump, Anchor, Redirection, Redirection, "-A GALERAGATE-3308 -j ACCEPT")
            .ChangeTo(Closed));

    [Fact]
    public void Duplicate_or_unwanted_jumps_are_removed_and_foreign_rules_not_touched()
    {
        var change = Read(
                "-N GALERAGATE-3308",
                Jump,
                Jump,
                "-A OUTPUT -j GALERAGATE-3308",
                "-A OUTPUT -j DOCKER",
                Anchor)
            .ChangeTo(Closed);

        Assert.Equal($"*nat\n-D{Jump[2..]}\n-D OUTPUT -j GALERAGATE-3308\nCOMMIT\n", change);
    }

    [Fact]
    public void A_purge_uses_the_same_comparison()
    {
        var change = Read("-N GALERAGATE-3308", Jump, Anchor, Redirection)
            .ChangeTo(TableRules.Nothing("GALERAGATE-3308"));

        Assert.Equal($"*nat\n-D{Jump[2..]}\n-F GALERAGATE-3308\n-X GALERAGATE-3308\nCOMMIT\n", change);
        Assert.Null(Read("-P PREROUTING ACCEPT").ChangeTo(TableRules.Nothing("GALERAGATE-3308")));
    }

    [Fact]
    public void Another_gates_chain_with_a_longer_name_is_not_ours()
    {
        var there = Read("-N GALERAGATE-33081", "-A GALERAGATE-33081 -j RETURN", "-A PREROUTING -j GALERAGATE-33081");

        Assert.Null(there.Rules);
        Assert.Empty(there.Jumps);
    }

    [Fact]
    public void Each_source_gets_a_rule_and_a_family_without_any_admits_no_client()
    {
        var gate = Gate with
        {
            Sources = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("192.0.2.7/32"), IPNetwork.Parse("10.0.0.0/8")],
        };

        var ipv4 = gate.For(Family.Ipv4, new Redirect(7, 7)).Rules!;
        var ipv6 = gate.For(Family.Ipv6, new Redirect(7, 7)).Rules!;

        Assert.Equal(
            [
                Anchor,
                Redirection.Replace("3308 -p", "3308 -s 10.0.0.0/8 -p", StringComparison.Ordinal),
                Redirection.Replace("3308 -p", "3308 -s 192.0.2.7/32 -p", StringComparison.Ordinal),
            ],
            ipv4);
        Assert.Equal([Anchor], ipv6);
    }

    [Fact]
    public void The_opening_is_read_only_from_our_own_comment()
    {
        Assert.Equal(7, Gate.OpenedBy(Redirection));
        Assert.Null((Gate with { Node = "n2" }).OpenedBy(Redirection));
        Assert.Null(Gate.OpenedBy(Anchor));
        Assert.Null(
            Gate.OpenedBy(
                "-A X -m comment --comment \"galeragate:n1:99999999999999999999999\" -j REDIRECT --to-ports 1"));
    }

    private static TableRules Closed => Gate.For(Family.Ipv4, new Redirect(null, 1));

    private static TableRules Open => Gate.For(Family.Ipv4, new Redirect(7, 7));

    private static TableRules Read(params string[] lines) =>
        TableRules.Read("GALERAGATE-3308", string.Join('\n', lines));
}
