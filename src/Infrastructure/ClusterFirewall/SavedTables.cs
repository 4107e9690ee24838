using System.Text.RegularExpressions;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>What would become of the gate's rules that stand in a file from which the host restores its tables.</summary>
public enum AtBoot
{
    /// <summary>The file is refused as a whole: the host comes up without any of its rules.</summary>
    Refused,

    /// <summary>A redirect that no lease ends stands from then on, whatever the node is.</summary>
    Open,

    /// <summary>Chain and jumps without a redirect: the gate is closed, as without them.</summary>
    Closed,
}

/// <summary>A file with rules of a gate in it.</summary>
/// <param name="Chain">The gate's chain.</param>
public sealed record SavedTable(string File, string Chain, AtBoot AtBoot)
{
    /// <summary>Takes the gate's lines out and leaves everybody else's.</summary>
    public string Fix => File.EndsWith(SavedTables.OfNft, StringComparison.Ordinal)
        ? $"sed -i '/chain {Chain} {{/,/^[[:space:]]*}}/d; /jump {Chain}\\b/d' {File}"
        : $"sed -i '/{Chain}\\b/d' {File}";
}

/// <summary>
/// Looks for rules of gates in the files from which hosts bring their tables back: saved while a gate ran, they name a
/// set that is not there at boot, and a restore is all or nothing. The cluster's own filter rules belong there.
/// </summary>
public static partial class SavedTables
{
    /// <summary>How the files in nft's own words end.</summary>
    internal const string OfNft = "nftables.conf";

    private static readonly string[] Files =
    [
        "/etc/iptables/rules.v4",
        "/etc/iptables/rules.v6",
        "/etc/sysconfig/iptables",
        "/etc/sysconfig/ip6tables",
        "/etc/nftables.conf",
        "/etc/sysconfig/nftables.conf",
    ];

    /// <summary>The files with rules of a gate, and those that cannot be read with the reason.</summary>
    public static (IReadOnlyList<SavedTable> Saved, IReadOnlyList<string> Unread) Look()
    {
        var (saved, unread) = (new List<SavedTable>(), new List<string>());
        foreach (var file in Files.Where(File.Exists))
        {
            try
            {
                saved.AddRange(In(file, File.ReadAllText(file)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                unread.Add($"{file}: {e.Message}");
            }
        }

        return (saved, unread);
    }

    /// <summary>The gates that a file has rules of.</summary>
    public static IReadOnlyList<SavedTable> In(string file, string text)
    {
        var lines = text.Split('\n').Where(line => !line.TrimStart().StartsWith('#')).ToList();
        return
        [
            .. lines.SelectMany(line => OfGate().Matches(line)).Select(match => match.Value).Distinct()
                .Select(chain => new SavedTable(file, chain, Of(file, chain, lines))),
        ];
    }

    /// <summary>iptables names the chain on each line of it; nft prints the rules within its braces.</summary>
    private static AtBoot Of(string file, string chain, List<string> lines)
    {
        var ours = file.EndsWith(OfNft, StringComparison.Ordinal)
            ? lines.SkipWhile(line => line.Trim() != $"chain {chain} {{").TakeWhile(line => line.Trim() != "}").ToList()
            : lines.FindAll(line => line.StartsWith($"-A {chain} ", StringComparison.Ordinal));
        // A set of ipset is a match of iptables' own, which nft prints and cannot load.
        return ours.Exists(line => Has(line, " --match-set ", "xt match"))
                ? AtBoot.Refused
            : ours.Exists(line => Has(line, " -j DNAT ", " -j REDIRECT ", " dnat to ", " redirect to ")) ? AtBoot.Open
            : AtBoot.Closed;
    }

    private static bool Has(string line, params string[] words) =>
        words.Any(word => line.Contains(word, StringComparison.Ordinal));

    [GeneratedRegex(@"GALERAGATE-\d+\b")]
    private static partial Regex OfGate();
}
