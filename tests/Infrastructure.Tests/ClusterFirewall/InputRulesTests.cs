using System.Net;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.ClusterFirewall;

/// <summary>
/// The walk predicts what the kernel does with a packet: each set of rules is loaded into real tables and a client
/// connects.
/// </summary>
public sealed class InputRulesTests : IDisposable
{
    private static readonly Dictionary<string, (string[] Rules, InputFate Open, InputFate Closed)> Hosts = new()
    {
        ["no rules"] = ([], InputFate.Accepted, InputFate.Accepted),
        ["a dropping policy"] = (["-P INPUT DROP"], InputFate.Dropped, InputFate.Dropped),
        ["the port before the redirect accepted"] = (
            ["-A INPUT -p tcp --dport 3308 -j ACCEPT", "-P INPUT DROP"], InputFate.Dropped, InputFate.Accepted),
        ["the port behind it accepted"] = (
            ["-A INPUT -p tcp --dport 3306 -j ACCEPT", "-P INPUT DROP"], InputFate.Accepted, InputFate.Dropped),
        ["only the gated way"] = (
            ["-A INPUT -p tcp --dport 3306 -m conntrack --ctorigdstport 3308 -j ACCEPT", "-P INPUT DROP"],
            InputFate.Accepted,
            InputFate.Dropped),
        ["the gate refuses"] = (
            [
                "-A INPUT -p tcp --dport 3306 -j ACCEPT",
                "-A INPUT -p tcp --dport 3308 -j REJECT --reject-with tcp-reset",
                "-P INPUT DROP",
            ],
            InputFate.Accepted,
            InputFate.Rejected),
        ["established alone"] = (
            ["-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-P INPUT DROP"],
            InputFate.Dropped,
            InputFate.Dropped),
        ["new ones too"] = (
            [
                "-A INPUT -p tcp -m conntrack --ctstate NEW,ESTABLISHED -m multiport --dports 22,3300:3310 -j ACCEPT",
                "-P INPUT DROP",
            ],
            InputFate.Accepted,
            InputFate.Accepted),
        ["loopback alone"] = (["-A INPUT -i lo -j ACCEPT", "-P INPUT DROP"], InputFate.Dropped, InputFate.Dropped),
        ["another protocol"] = (
            ["-A INPUT -p udp --dport 3306 -j ACCEPT", "-P INPUT DROP"], InputFate.Dropped, InputFate.Dropped),
        ["a chain of its own"] = (
            [
                "-N DB",
                "-A DB -p tcp --dport 3306 -j ACCEPT",
                "-A DB -j RETURN",
                "-A INPUT -p tcp -m comment --comment \"a -j DROP of words\" -j DB",
                "-A INPUT -j REJECT",
            ],
            InputFate.Accepted,
            InputFate.Rejected),
        ["a chain that is gone to"] = (
            [
                "-N DB",
                "-A DB -p tcp --dport 3306 -j ACCEPT",
                "-A INPUT -p tcp -g DB",
                "-A INPUT -j ACCEPT",
                "-P INPUT DROP",
            ],
            InputFate.Accepted,
            InputFate.Dropped),
        ["a comment with quotes"] = (
            ["-A INPUT -p tcp --dport 3306 -m comment --comment 'no \" -j ACCEPT' -j REJECT", "-P INPUT DROP"],
            InputFate.Rejected,
            InputFate.Dropped),
        ["a chain that returns"] = (
            ["-N DB", "-A DB -j RETURN", "-A DB -j ACCEPT", "-A INPUT -j DB", "-P INPUT DROP"],
            InputFate.Dropped,
            InputFate.Dropped),
        ["what is for this host returns, as ufw has it"] = (
            [
                "-N not-local",
                "-A not-local -m addrtype --dst-type LOCAL -j RETURN",
                "-A not-local -m addrtype --dst-type MULTICAST -j RETURN",
                "-A not-local -j DROP",
                "-A INPUT -j not-local",
                "-A INPUT -p tcp --dport 3306 -j ACCEPT",
                "-P INPUT DROP",
            ],
            InputFate.Accepted,
            InputFate.Dropped),
        ["all ports but one"] = (["-A INPUT -p tcp ! --dport 3306 -j DROP"], InputFate.Accepted, InputFate.Dropped),
        ["a rule that only logs"] = (
            ["-A INPUT -p tcp --dport 3306 -j LOG", "-A INPUT -p tcp --dport 22 -j DROP"],
            InputFate.Accepted,
            InputFate.Accepted),
    };

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Space _client;

    public InputRulesTests()
    {
        (_server, _client) = _host.AddLinkedSpaces();
    }

    public static TheoryData<string> Names() => [.. Hosts.Keys];

    public void Dispose() => _host.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Walking_the_rules_gives_the_clients_fate(string name)
    {
        var (rules, open, closed) = Hosts[name];
        foreach (var rule in rules)
        {
            _server.Run("sh", ["-c", $"iptables {rule}"]);
        }

        using var listener = _server.Greet(IPAddress.Any, 3306);
        var walked = new InputRules(_server.Run("iptables", ["-S"]));

        Assert.Equal((open, closed), (walked.Walk(3306, 3308).Fate, walked.Walk(3308, 3308).Fate));
        Assert.Equal(
            closed == InputFate.Dropped ? Meets.Silence : Meets.Refused,
            GatePort.Meet(_client, "10.77.0.1", milliseconds: 400));
        await _server.EnterAsync(async () =>
        {
            using var gate = new IptablesGate(new GateRules("n1", 3308, 3306, [], false));
            await gate.ConvergeAsync(Family.Ipv4, new Redirect(7, 7), CancellationToken.None);
        });
        Assert.Equal(
            open == InputFate.Accepted ? Meets.Server
                : open == InputFate.Rejected ? Meets.Refused
                : Meets.Silence,
            GatePort.Meet(_client, "10.77.0.1", milliseconds: 400));
    }

    [Fact]
    public void Rules_for_some_clients_decide_nothing_and_are_listed()
    {
        var rules = new InputRules("""
            -P INPUT DROP
            -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 3306 -j ACCEPT
            -A INPUT -i eth1 -p tcp -m tcp --dport 3306 -j ACCEPT
            """);

        var verdict = rules.Walk(3306, 3308);

        Assert.Equal((InputFate.Dropped, (string?)null, 2), (verdict.Fate, verdict.Rule, verdict.ForSome.Count));
    }

    [Theory]
    [InlineData("-A INPUT !", true)]
    [InlineData("-A INPUT -p tcp -m comment --comment \"a \\\" !", true)]
    [InlineData("-A INPUT ! -p tcp", false)]
    public void A_rule_that_ends_anywhere_is_read(string rule, bool could) =>
        Assert.Equal(could, InputRules.CouldMatch(rule, IPAddress.Loopback, 3306));

    [Fact]
    public void Chains_that_many_rules_lead_to_are_walked_once()
    {
        var rules = Enumerable.Range(0, 40).SelectMany(chain =>
            Enumerable.Repeat($"-A {(chain == 0 ? "INPUT" : $"C{chain}")} -j C{chain + 1}", 20));

        var walked = new InputRules(string.Join('\n', rules.Append("-A C40 -p tcp -j REJECT"))).Walk(3306, 3308);

        Assert.Equal((InputFate.Rejected, "-A C40 -p tcp -j REJECT"), (walked.Fate, walked.Rule));
    }

    [Fact]
    public void A_circle_of_chains_is_cut_off() =>
        Assert.Equal(
            InputFate.Accepted,
            new InputRules("-P INPUT ACCEPT\n-A INPUT -j A\n-A A -j B\n-A B -j A").Walk(3306, 3308).Fate);
}
