using System.Net;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Iptables;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// The command that admits clients that a rule keeps out. It never admits more than the surrounding rules: only the
/// gate's configured sources, or those that may already reach the gate port; otherwise the operator must fill them in.
/// </summary>
internal sealed class KnockAdvice(
    Family family, (ushort Gate, ushort Server) ports, IReadOnlyList<IPNetwork> gateSources, string filter)
{
    private const string Named = "CLIENTS";

    private string Iptables => family == Family.Ipv6 ? "ip6tables" : "iptables";

    /// <summary>For an open gate that no client gets through.</summary>
    public string? Open(KnockCause cause) => cause switch
    {
        { Rules: [var first, ..] } => first switch
        {
            { Table: "nat" } => $"{Iptables} -t nat -S PREROUTING: the jump to {GateRules.ChainOf(ports.Gate)} must "
                + "come first",
            { Table: "raw" } when first.Rule.StartsWith("-A ", StringComparison.Ordinal) =>
                $"{Iptables} -t raw -D {first.Rule[3..]}",
            { Table: "filter" } => Filter(),
            _ => $"{Iptables} -t {first.Table} -S",
        },
        { Tables: [var chain, ..] } when chain.Name.Split(' ')[1] == "firewalld" =>
            $"firewall-cmd --add-rich-rule='rule family={(family == Family.Ipv6 ? "ipv6" : "ipv4")} source "
            + $"address={Named} port port={ports.Server} protocol=tcp accept'{WhoIsNamed}",
        { Tables: [var chain, ..] } => $"nft list chain {chain.Name}",
        _ => null,
    };

    /// <summary>For a closed gate that does not refuse at once: this admits no client.</summary>
    public string? Closed(KnockCause cause) => cause switch
    {
        { Rules: [{ Table: "filter" }, ..] } =>
            $"{Iptables} -I INPUT -p tcp --dport {ports.Gate} -j REJECT --reject-with tcp-reset",
        { Rules: [var first, ..] } => $"{Iptables} -t {first.Table} -S",
        { Tables: [var chain, ..] } => $"nft list chain {chain.Name}",
        _ => null,
    };

    /// <summary>For the filter table, from its listing.</summary>
    public string Filter()
    {
        var sources = Sources();
        var rule = $"-p tcp --dport {ports.Server} -m conntrack --ctorigdstport {ports.Gate} -j ACCEPT";
        var isUfw = filter.Contains("-N ufw-", StringComparison.Ordinal)
            || filter.Contains("-N ufw6-", StringComparison.Ordinal);
        return sources switch
        {
            [] => $"{Iptables} -I INPUT {rule}",
            _ when isUfw => $"ufw allow proto tcp from {sources[0]} to any port {ports.Server}"
                + $"{(sources[0] == Named ? WhoIsNamed : "")}",
            _ => $"{Iptables} -I INPUT -s {string.Join(',', sources)} {rule}{(sources[0] == Named ? WhoIsNamed : "")}",
        };
    }

    private const string WhoIsNamed = $"   # {Named}: the network of your balancers and clients";

    /// <summary>The sources to admit; empty if every source may already reach the gate port.</summary>
    private List<string> Sources()
    {
        var ours = gateSources.Select(source => source.ToString()).ToList();
        if (ours.Count > 0)
        {
            return ours;
        }

        var accepting = filter.Split('\n')
            .Where(rule => rule.StartsWith("-A ", StringComparison.Ordinal)
                && rule.Contains(" -j ACCEPT", StringComparison.Ordinal)
                && rule.Contains($" --dport {ports.Gate} ", StringComparison.Ordinal))
            .Select(rule => rule.Split(' '))
            .ToList();
        var limited = accepting.Where(words => words.Contains("-s"))
            .Select(words => words[Array.IndexOf(words, "-s") + 1]);
        return accepting.Exists(IsForAll) ? [] : limited.Distinct().ToList() is { Count: > 0 } some ? some : [Named];
    }

    private static bool IsForAll(string[] words) =>
        words is ["-A", "INPUT", "-p", "tcp", "-m", "tcp", "--dport", _, "-j", "ACCEPT"];
}
