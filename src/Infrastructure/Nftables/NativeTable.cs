namespace GaleraGate.Infrastructure.Nftables;

/// <summary>A gate's own table, existing or wanted, in nft's notation.</summary>
/// <param name="Name">In the family inet.</param>
/// <param name="Table">Null if the table does not exist.</param>
/// <param name="Set">The lease's set; null if it does not exist, or is not wanted.</param>
/// <param name="Chains">The definition of each chain, by name.</param>
/// <param name="Rules">By chain, in order.</param>
internal sealed record NativeTable(
    string Name,
    string? Table,
    string? Set,
    IReadOnlyDictionary<string, string> Chains,
    ILookup<string, string> Rules)
{
    /// <summary>No table: the wish of a purge.</summary>
    public static NativeTable Nothing(string name) =>
        new(name, null, null, new Dictionary<string, string>(), Array.Empty<string>().ToLookup(_ => ""));

    /// <summary>Each line as nft adds it, without the verb.</summary>
    public IEnumerable<string> Lines =>
    [
        .. Table is null ? Array.Empty<string>() : [$"table inet {Name}{Table}"],
        .. Set is null ? Array.Empty<string>() : [$"set inet {Name} {Set}"],
        .. Chains.Select(chain => $"chain inet {Name} {chain.Key}{chain.Value}"),
        .. Rules.SelectMany(rules => rules.Select(rule => LineOf(rules.Key, rule))),
    ];

    public IReadOnlyList<string> Redirects => [.. Lines.Where(IsRedirect)];

    /// <summary>Whether a line is a rule that redirects clients: ours, or another program's.</summary>
    public static bool IsRedirect(string line) =>
        line.StartsWith("rule ", StringComparison.Ordinal)
        && (line.Contains(" dnat ", StringComparison.Ordinal) || line.Contains(" redirect ", StringComparison.Ordinal));

    /// <summary>The lines that the other table has and this one lacks, with duplicates.</summary>
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
