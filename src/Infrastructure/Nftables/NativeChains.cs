using System.Text.Json;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>A chain of nftables itself that a packet passes, and what in it can drop the packet.</summary>
/// <param name="Name">Family, table and chain, as nft names them.</param>
/// <param name="Openings">Rules that accept packets from some clients only.</param>
public sealed record NativeChain(string Name, string Hook, string What, IReadOnlyList<NativeOpening> Openings);

/// <summary>
/// The chains of nftables itself, which iptables does not list. Tables that iptables maintains in the kernel are left
/// to iptables.
/// </summary>
public static class NativeChains
{
    private static readonly HashSet<string> TablesOfIptables = ["filter", "nat", "mangle", "raw", "security"];
    private static readonly HashSet<string> HooksOfClients = ["ingress", "prerouting", "input", "output"];

    /// <summary>The chains that can drop a packet; null, and the reason, if they cannot be listed.</summary>
    public static async Task<(IReadOnlyList<NativeChain>? Chains, string? Trouble)> ThatKeepOutAsync(
        string family, ushort port, bool withIptables, CancellationToken cancellationToken)
    {
        var listed = await SystemCommand.RunAsync("nft", ["-j", "list", "ruleset"], "", cancellationToken);
        return listed.Succeeded ? (Parse(listed.Output, family, port, withIptables), null) : (null, listed.Error);
    }

    /// <param name="family">Whose packets: ip or ip6.</param>
    /// <param name="port">The packets' port after the redirect.</param>
    /// <param name="withIptables">Include the tables that iptables maintains, if it cannot list them itself.</param>
    public static IReadOnlyList<NativeChain> Parse(string ruleset, string family, ushort port, bool withIptables)
    {
        using var document = JsonDocument.Parse(ruleset);
        var all = document.RootElement.GetProperty("nftables").EnumerateArray().ToList();
        var chains = all.Where(one => one.TryGetProperty("chain", out _)).Select(one => one.GetProperty("chain"))
            .Where(chain => IsPassed(chain, family, withIptables))
            .ToList();
        var rules = all.Where(one => one.TryGetProperty("rule", out _))
            .Select(one => one.GetProperty("rule"))
            .ToLookup(rule => (Text(rule, "family"), Text(rule, "table"), Text(rule, "chain")));
        IEnumerable<JsonElement> RulesOf(JsonElement chain, string name) =>
            rules[(Text(chain, "family"), Text(chain, "table"), name)];

        return
        [
            .. chains.Where(chain => chain.TryGetProperty("hook", out _))
                .Select(chain => Read(chain, name => RulesOf(chain, name), family, port))
                .Where(chain => chain.What.Length > 0),
        ];
    }

    private static bool IsPassed(JsonElement chain, string family, bool withIptables) =>
        (Text(chain, "family") is "inet" or "netdev" || Text(chain, "family") == family)
        && (withIptables
            || !(Text(chain, "family") is "ip" or "ip6" && TablesOfIptables.Contains(Text(chain, "table"))))
        && (!chain.TryGetProperty("hook", out var hook) || HooksOfClients.Contains(hook.GetString()!));

    /// <summary>The policy, the rules of the chain, and those of the chains that they jump to.</summary>
    private static NativeChain Read(
        JsonElement chain, Func<string, IEnumerable<JsonElement>> rulesOf, string family, ushort port)
    {
        var what = new List<string>();
        if (chain.TryGetProperty("policy", out var policy) && policy.GetString() == "drop")
        {
            what.Add("policy drop");
        }

        var (seen, left) = (new HashSet<string>(), new Stack<string>([Text(chain, "name")]));
        var verdicts = new HashSet<string>();
        var openings = new List<NativeOpening>();
        while (left.TryPop(out var name))
        {
            foreach (var rule in seen.Add(name) ? rulesOf(name) : [])
            {
                var statements = rule.GetProperty("expr").EnumerateArray().ToList();
                statements.ForEach(statement => Note(statement, verdicts, left));
                openings.AddRange(NativeOpening.Of(statements, $"chain {Text(chain, "table")} {name}", family, port));
            }
        }

        if (verdicts.Count > 0)
        {
            what.Add($"rules that {string.Join(", ", verdicts.Order(StringComparer.Ordinal))}");
        }

        return new NativeChain(
            $"{Text(chain, "family")} {Text(chain, "table")} {Text(chain, "name")}",
            Text(chain, "hook"),
            string.Join(", ", what),
            openings);
    }

    private static void Note(JsonElement statement, HashSet<string> verdicts, Stack<string> left)
    {
        if (statement.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var one in statement.EnumerateObject())
        {
            switch (one.Name)
            {
                case "drop" or "reject" or "notrack":
                    _ = verdicts.Add(one.Name);
                    break;
                case "jump" or "goto":
                    left.Push(Text(one.Value, "target"));
                    break;
                case "vmap":
                    NoteMap(one.Value, verdicts, left);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>A verdict map has its verdicts as pairs; a named map is not examined.</summary>
    private static void NoteMap(JsonElement map, HashSet<string> verdicts, Stack<string> left)
    {
        if (map.TryGetProperty("data", out var data)
            && data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty("set", out var set))
        {
            foreach (var pair in set.EnumerateArray().Where(pair => pair.ValueKind == JsonValueKind.Array))
            {
                Note(pair[1], verdicts, left);
            }
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
