using System.Globalization;
using System.Text.RegularExpressions;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>A rule, or the policy of a chain, with its packet counter.</summary>
/// <param name="Rule">As iptables-save prints it; <c>-P CHAIN TARGET</c> for a policy.</param>
public sealed partial record CountedRule(string Table, string Rule, long Packets)
{
    /// <summary>Whether a packet that it counts ends there, or bypasses connection tracking.</summary>
    public bool KeepsOut =>
        Rule.StartsWith("-P ", StringComparison.Ordinal)
            ? Rule.EndsWith(" DROP", StringComparison.Ordinal)
            : Targets().IsMatch(Rule);

    /// <summary>Whether it redirects a packet elsewhere, or past the following rules of the nat table.</summary>
    public bool LeadsElsewhere => Table == "nat" && Elsewhere().IsMatch(Rule);

    [GeneratedRegex(" -j (DROP|REJECT|NOTRACK|TARPIT|CT .*--notrack)")]
    private static partial Regex Targets();

    [GeneratedRegex(" -j (DNAT|REDIRECT|ACCEPT|NETMAP)")]
    private static partial Regex Elsewhere();
}

/// <summary>
/// All rules of an address family with their packet counters, which show the path that a packet took.
/// </summary>
public sealed partial class CountedRules(IReadOnlyList<CountedRule> rules)
{
    public IReadOnlyList<CountedRule> All => rules;

    /// <summary>Reads all rules; null, and the reason, if that is not possible.</summary>
    public static async Task<(CountedRules? Rules, string? Trouble)> ReadAsync(
        Family family, CancellationToken cancellationToken)
    {
        var name = family == Family.Ipv6 ? "ip6tables-save" : "iptables-save";
        var listed = await SystemCommand.RunAsync(name, ["-c"], "", cancellationToken);
        return listed.Succeeded ? (Parse(listed.Output), null) : (null, $"{name}: {listed.Error}");
    }

    public static CountedRules Parse(string saved)
    {
        var rules = new List<CountedRule>();
        var table = "";
        foreach (var line in saved.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line[0] == '*')
            {
                table = line[1..];
            }
            else if (Policy().Match(line) is { Success: true } policy)
            {
                rules.Add(new CountedRule(
                    table, $"-P {policy.Groups["chain"].Value} {policy.Groups["target"].Value}", Packets(policy)));
            }
            else if (Rule().Match(line) is { Success: true } rule)
            {
                rules.Add(new CountedRule(table, rule.Groups["rule"].Value, Packets(rule)));
            }
        }

        return new CountedRules(rules);
    }

    /// <summary>The rules whose counters rose since an earlier reading, in order.</summary>
    public IReadOnlyList<CountedRule> Since(CountedRules earlier)
    {
        // Identical rules of a table are matched by their order.
        var before = earlier.All.GroupBy(rule => (rule.Table, rule.Rule))
            .ToDictionary(group => group.Key, group => new Queue<long>(group.Select(rule => rule.Packets)));
        return
        [
            .. rules.Select(rule => rule with
            {
                Packets = rule.Packets
                    - (before.TryGetValue((rule.Table, rule.Rule), out var counts) && counts.TryDequeue(out var count)
                        ? count
                        : 0),
            }).Where(rule => rule.Packets > 0),
        ];
    }

    private static long Packets(Match match) => long.Parse(match.Groups["packets"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^:(?<chain>\S+) (?<target>ACCEPT|DROP) \[(?<packets>[0-9]{1,18}):[0-9]+\]$")]
    private static partial Regex Policy();

    [GeneratedRegex(@"^\[(?<packets>[0-9]{1,18}):[0-9]+\] (?<rule>-A .+)$")]
    private static partial Regex Rule();
}
