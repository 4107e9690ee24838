using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Iptables;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// Any output of iptables -S and iptables-save can be read. A change leaves every rule of other programs as it is,
/// brings our part to the wanted state, and finds nothing to do the second time.
/// </summary>
internal static class Tables
{
    private static readonly GateRules Gate = new("n1", 3308, 3306, [], LocalClients: true, Leased: true);
    private static readonly TableRules Open = Gate.For(Family.Ipv4, new Redirect(7, 7));

    private static readonly FilterRules Filter = new ClusterRules { GatePort = 3308, ServerPort = 3306 }
        .Wanted(Family.Ipv4);

    private static readonly string[] Chains = ["PREROUTING", "INPUT", "OUTPUT"];

    public static IEnumerable<byte[]> Seeds() =>
        new[]
        {
            string.Join('\n', ["-P PREROUTING ACCEPT", $"-N {Gate.Chain}", .. Open.Jumps, .. Open.Rules!]),
            string.Join('\n', ["-P INPUT DROP", $"-N {Filter.Chain}", Filter.Jump, .. Filter.Rules!]),
            string.Join('\n', ["-N DOCKER", "-A PREROUTING -j DOCKER", $"-A DOCKER -j {Gate.Chain}", .. Open.Jumps]),
            string.Join('\n', ["-N f2b", "-A INPUT -p tcp -m multiport --dports 22,3308 -j f2b", "-A f2b -j RETURN",
                "-A INPUT ! -s 10.0.0.0/8 -p tcp -m tcp --dport 3306 -m comment --comment \"a b\" -j REJECT"]),
            "-P INPUT ACCEPT\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n"
            + "-A INPUT -j DROP",
            $"-A INPUT -g {Filter.Chain}\n-A INPUT -j ACCEPT\n{Filter.Jump}\n{Filter.Jump}\n-N {Filter.Chain}",
            "*nat\n:PREROUTING ACCEPT [12:720]\n[3:180] -A PREROUTING -j X\nCOMMIT\n*raw\n[1:2] -A P -j CT --notrack\n",
        }.Select(Encoding.UTF8.GetBytes);

    public static void Run(byte[] input)
    {
        var listing = Encoding.UTF8.GetString(input);
        var lines = InOrder(
            listing.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var counted = CountedRules.Parse(listing);
        Check.That(counted.Since(counted).Count == 0, "packets since the same reading");
        foreach (var rule in counted.All)
        {
            _ = (rule.KeepsOut, rule.LeadsElsewhere);
        }

        foreach (var rule in lines)
        {
            _ = InputRules.SourceOf(rule);
            _ = InputRules.CouldMatch(rule, System.Net.IPAddress.Loopback, 3306, 3308);
        }

        listing = string.Join('\n', lines);
        _ = new InputRules(listing).Walk(3306, 3308);
        // In the kernel no chain leads to itself, and no two chains have the same name.
        if (!IsTable(lines, Gate.Chain) || !IsTable(lines, Filter.Chain))
        {
            return;
        }

        var closed = Gate.For(Family.Ipv4, new Redirect(null, 8));
        foreach (var wanted in new[] { Open, closed, TableRules.Nothing(Gate.Chain) })
        {
            var changed = Restored(lines, TableRules.Read(Gate.Chain, listing).ChangeTo(wanted), Gate.Chain);
            var read = TableRules.Read(Gate.Chain, string.Join('\n', changed));
            Check.That(read.ChangeTo(wanted) is null, $"not as wanted:\n{string.Join('\n', changed)}");
            Check.Same(Others(lines, Gate.Chain), Others(changed, Gate.Chain), "rules of others in nat");
        }

        foreach (var wanted in new[] { Filter, FilterRules.Nothing(Filter.Chain) })
        {
            var changed = Restored(lines, FilterRules.Read(Filter.Chain, listing).ChangeTo(wanted), Filter.Chain);
            var read = FilterRules.Read(Filter.Chain, string.Join('\n', changed));
            Check.That(read.ChangeTo(wanted) is null, $"not as wanted:\n{string.Join('\n', changed)}");
            Check.Same(
                Others(lines, Filter.Chain, Filter.Jump),
                Others(changed, Filter.Chain, Filter.Jump),
                "rules of others in filter");
        }
    }

    /// <summary>Whether the kernel could hold this table, as far as our chain is concerned.</summary>
    private static bool IsTable(List<string> lines, string chain)
    {
        var own = lines.FindAll(line => line.StartsWith($"-A {chain} ", StringComparison.Ordinal));
        var chains = lines.Where(line => line.StartsWith("-N ")).Select(line => line[3..]).ToList();
        var ruled = lines.Where(line => line.StartsWith("-A "))
            .Select(line => line.Split(' ')).ToList();
        return chains.Distinct().Count() == chains.Count
            && (own.Count == 0 || chains.Contains(chain))
            && ruled.TrueForAll(words => words.Length > 2 && words.All(word => word.Length > 0))
            && lines.TrueForAll(line => !line.Contains('\t'))
            && !ruled.Exists(words => words[1] == words[^1]);
    }

    private static IEnumerable<string> Others(IEnumerable<string> lines, string chain, string jump = "") =>
        lines.Where(line => line.StartsWith("-A ")
            && line != jump
            && !line.StartsWith($"-A {chain} ", StringComparison.Ordinal)
            && !line.EndsWith($" -j {chain}", StringComparison.Ordinal)
            && !line.EndsWith($" -g {chain}", StringComparison.Ordinal));

    /// <summary>The table after iptables-restore --noflush.</summary>
    private static List<string> Restored(List<string> table, string? change, string chain)
    {
        var lines = table.ToList();
        foreach (var line in change?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            Check.That(
                line is "*nat" or "*filter" or "COMMIT" || line.Contains(chain, StringComparison.Ordinal),
                $"it changes what is not ours: {line}");
            if (line[0] == ':')
            {
                _ = lines.RemoveAll(one => one.StartsWith($"-A {chain} ", StringComparison.Ordinal));
                _ = lines.Remove($"-N {chain}");
                lines.Add($"-N {chain}");
            }
            else if (line.StartsWith("-A "))
            {
                lines.Add(line);
            }
            else if (line.StartsWith("-D "))
            {
                Check.That(lines.Remove("-A" + line[2..]), $"it takes away what is not there: {line}");
            }
            else if (line.StartsWith("-I ") && line.Split(' ', 4) is [_, var to, var place, var rule])
            {
                var number = int.Parse(place, System.Globalization.CultureInfo.InvariantCulture);
                var there = lines.Index().Where(row => row.Item.StartsWith($"-A {to} ", StringComparison.Ordinal))
                    .Select(row => row.Index).ToList();
                Check.That(number <= there.Count + 1, $"no such place: {line}");
                lines.Insert(number <= there.Count ? there[number - 1] : lines.Count, $"-A {to} {rule}");
            }
            else if (line.StartsWith("-F "))
            {
                _ = lines.RemoveAll(one => one.StartsWith($"-A {chain} ", StringComparison.Ordinal));
            }
            else if (line.StartsWith("-X "))
            {
                Check.That(
                    !lines.Exists(one => one.StartsWith("-A ")
                        && (one.EndsWith($" -j {chain}", StringComparison.Ordinal)
                            || one.EndsWith($" -g {chain}", StringComparison.Ordinal))),
                    "a chain that is jumped to cannot be taken away");
                Check.That(lines.Remove($"-N {chain}"), "no such chain");
            }
        }

        return InOrder(lines);
    }

    /// <summary>The kernel lists its own chains in its own order.</summary>
    private static List<string> InOrder(IEnumerable<string> lines) =>
        [.. lines.OrderBy(line => Array.FindIndex(Chains, chain => line.StartsWith($"-A {chain} ")))];
}
