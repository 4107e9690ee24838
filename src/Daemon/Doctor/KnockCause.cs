using System.Net;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// What keeps the test client out: the iptables rules that counted its packets, else the chains of nftables itself that
/// can drop a packet. Never based on the text of a rule alone.
/// </summary>
/// <param name="Says">What was found, or that it is unknown.</param>
/// <param name="Rules">The iptables rules that counted its packets and keep packets out.</param>
/// <param name="Tables">The chains of nftables itself that can.</param>
internal sealed record KnockCause(
    string Says, IReadOnlyList<CountedRule> Rules, IReadOnlyList<NativeChain> Tables)
{
    /// <summary>Compares the rules' counters with those from before the test.</summary>
    public static async Task<KnockCause> FindAsync(
        Family family, CountedRules? before, IPAddress from, (ushort Gate, ushort Server) ports,
        CancellationToken cancellationToken)
    {
        var (after, trouble) = await CountedRules.ReadAsync(family, cancellationToken);
        var own = $"-A {GateRules.ChainOf(ports.Gate)} ";
        var counted = before is null || after is null ? [] : after.Since(before)
            .Where(rule => rule.KeepsOut || rule.LeadsElsewhere)
            .Where(rule => !rule.Rule.StartsWith(own, StringComparison.Ordinal))
            .Where(rule => rule.Rule.StartsWith("-P ", StringComparison.Ordinal)
                || InputRules.CouldMatch(rule.Rule, from, ports.Server, ports.Gate))
            .ToList();
        if (counted.Count > 0)
        {
            return new KnockCause(
                $"iptables counted it at {string.Join(" and at ", counted.Select(Words))}", counted, []);
        }

        var byIptables = trouble is null ? "no rule of iptables that drops or rejects counted it" : trouble;
        var (chains, none) = await NativeChains.ThatKeepOutAsync(
            family == Family.Ipv6 ? "ip6" : "ip", ports.Server, withIptables: trouble is not null, cancellationToken);
        return chains switch
        {
            null => new KnockCause($"{byIptables}; nftables' own tables: not known: {none}", [], []),
            [] => new KnockCause(
                $"{byIptables}, and nftables has no table of its own that does: not known why", [], []),
            _ => new KnockCause(
                $"{byIptables}; nftables' own tables have "
                + string.Join(" and ", chains.Select(chain => $"chain {chain.Name} ({chain.What})")),
                [],
                chains),
        };
    }

    private static string Words(CountedRule rule) => $"{rule.Rule} (table {rule.Table})";
}
