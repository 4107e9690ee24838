namespace GaleraGate.Infrastructure.Nftables;

/// <summary>A gate's own table, as it is or as it should be, in the words that nft has for it.</summary>
/// <param name="Name">Of the family inet.</param>
/// <param name="Table">Null where there is no such table.</param>
/// <param name="Set">Of the lease; null where there is none, or none is asked for.</param>
/// <param name="Chains">By name, what each is.</param>
/// <param name="Rules">By chain, in their order.</param>
internal sealed record NativeTable(
    string Name,
    string? Table,
    string? Set,
    IReadOnlyDictionary<string, string> Chains,
    ILookup<string, string> Rules)
{
    /// <summary>Everything gone: what a purge wants.</summary>
    public static NativeTable Nothing(string name) =>
        new(name, null, null, new Dictionary<string, string>(), Array.Empty<string>().ToLookup(_ => ""));

    /// <summary>Each as nft adds it, without the verb.</summary>
    public IEnumerable<string> Lines =>
    [
        .. Table is null ? Array.Empty<string>() : [$"table inet {Name}{Table}"],
        .. Set is null ? Array.Empty<string>() : [$"set inet {Name} {Set}"],
        .. Chains.Select(chain => $"chain inet {Name} {chain.Key}{chain.Value}"),
        .. Rules.SelectMany(rules => rules.Select(rule => LineOf(rules.Key, rule))),
    ];

    public IReadOnlyList<string> Redirects => [.. Lines.Where(IsRedirect)];

    /// <summary>Whether a line is a rule that sends clients elsewhere: ours, or anybody's.</summary>
    public static bool IsRedirect(string line) =>
        line.StartsWith("rule ", StringComparison.Ordinal)
        && (line.Contains(" dnat ", StringComparison.Ordinal) || line.Contains(" redirect ", StringComparison.Ordinal));

    /// <summary>Lines that the other table has and this one lacks, one entry for each time.</summary>
    public IReadOnlyList<string> MissingFrom(NativeTable other)
    {
        var left = Lines.ToList();
        return [.. other.Lines.Where(line => !left.Remove(line))];
    }

    public bool HasSameFrame(NativeTable other) =>
        Table == other.Table
        && (other.Set is null || Set == other.Set)
        && Chains.Count == other.Chains.Count
        && Chains.All(chain => other.Chains.GetValueOrDefault(chain.Key) == chain.Value);

    public bool HasSameRules(NativeTable other, string chain) => Rules[chain].SequenceEqual(other.Rules[chain]);

    private string LineOf(string chain, string rule) => $"rule inet {Name} {chain} {rule}";
}
