using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.ClusterFirewall;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// A file from which a host restores its tables: our part can be added and removed again, adding it twice has the same
/// effect as once, and all lines of other programs keep their order.
/// </summary>
internal static class SavedRules
{
    private static readonly FilterRules Wanted = new ClusterRules { GatePort = 3308, ServerPort = 3306 }
        .Wanted(Family.Ipv4);

    public static IEnumerable<byte[]> Seeds() =>
        new[]
        {
            "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n-A INPUT -p tcp -j ACCEPT\nCOMMIT\n",
            "# x\n*nat\n:PREROUTING ACCEPT [0:0]\n:GALERAGATE-3308 - [0:0]\n"
            + "-A GALERAGATE-3308 -m set --match-set g dst -j DNAT --to-destination :3306\nCOMMIT\n",
            PersistedRules.With("*filter\n:INPUT DROP [1:2]\nCOMMIT\n", Wanted.Chain, Wanted),
            "table ip nat {\n  chain GALERAGATE-3308 {\n    xt match \"set\" redirect to :3306\n  }\n}\n"
            + "flush ruleset\n",
            "table inet galeragate-3308 {\n  set open { type inet_service; elements = { 3308 }\n }\n  chain gate {\n"
            + "    tcp dport 3308 tcp dport @open dnat to :3306\n  }\n}\ninclude \"/etc/nftables.d/*.nft\"\n",
            "[0:0] -A INPUT -g GALERAGATE-IN-3308\n*filter\n-A GALERAGATE-IN-3308 -j RETURN\nCOMMIT",
        }.Select(Encoding.Latin1.GetBytes);

    public static void Run(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        foreach (var isNft in new[] { false, true })
        {
            Check.That(
                SavedTables.In("f", text, isNft).All(saved => text.Contains(saved.Gate, StringComparison.Ordinal)),
                "a gate that does not stand there");
        }

        // Other files of this host are not part of the input.
        if (!text.Contains("include", StringComparison.Ordinal) || !text.Contains('/'))
        {
            _ = NftIncludes.Of(Scratch.File("nftables.conf", input), Scratch.Path(""));
        }

        var without = PersistedRules.With(text, Wanted.Chain, null);
        var with = PersistedRules.With(text, Wanted.Chain, Wanted);
        Check.Equal(without, PersistedRules.With(without, Wanted.Chain, null), "taken out twice");
        Check.Equal(with, PersistedRules.With(with, Wanted.Chain, Wanted), "put in twice");
        var others = Others(text);
        Check.That(IsWithin(others, [.. without.Split('\n')]), "lines of others are gone, without ours");
        Check.That(IsWithin(others, [.. with.Split('\n')]), "lines of others are gone, with ours");
        foreach (var rule in Wanted.Rules!)
        {
            Check.Equal(1, with.Split('\n').Count(line => line == rule), rule);
        }
    }

    private static List<string> Others(string text) =>
        [.. text.Split('\n').Where(line => !line.Contains(Wanted.Chain, StringComparison.Ordinal))];

    private static bool IsWithin(List<string> few, List<string> many)
    {
        var at = 0;
        return few.TrueForAll(line => (at = many.IndexOf(line, at) + 1) > 0);
    }
}
