using System.Net;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// Whatever attributes a rule listed by the kernel has, it can be put into words; a rule with other expressions does
/// not read like one of the gate's.
/// </summary>
internal static class NftRules
{
    private const int HeaderBytes = 4;

    private static readonly List<byte[]> Own = [.. Rules()];

    private static readonly HashSet<string> OwnWords = [.. Own.Select(Words)];

    public static IEnumerable<byte[]> Seeds() => Own;

    public static void Run(byte[] input)
    {
        var words = Words(input);
        Check.Equal(words, Words(input), "read twice");
        // A gate leaves in place what it takes for its own rule.
        Check.That(
            !OwnWords.Contains(words) || Own.Any(rule => Kernel(rule) == Kernel(input)),
            $"another rule reads like one of the gate's: {words}");
    }

    private static IEnumerable<byte[]> Rules()
    {
        IReadOnlyList<IReadOnlyList<IPNetwork>> sources =
            [[], [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("192.168.1.1/32"), IPNetwork.Parse("fd00::/9")]];
        foreach (var networks in sources)
        {
            var rules = new NativeRules("n1", 3308, 3306, networks, LocalClients: true, Leased: networks.Count > 0);
            var nothing = NativeTable.Nothing(rules.Table);
            foreach (var message in rules.Change(nothing, new Redirect(7, 7)))
            {
                if (message.Type == TableMessages.NewRule)
                {
                    yield return message.Body[HeaderBytes..];
                }
            }
        }
    }

    private static string Words(byte[] rule)
    {
        var parts = RuleReader.Parts(rule);
        return RuleReader.Read(parts[4], parts[7]);
    }

    /// <summary>The names and numbers of the expressions that decide about packets, in order.</summary>
    private static string Kernel(byte[] rule)
    {
        var names = new List<string>();
        Netlink.Attributes(RuleReader.Parts(rule)[4], (_, expression) =>
            names.Add(RuleReader.TextOf(RuleReader.Parts(expression)[1])));
        return string.Join(' ', names);
    }
}
