using System.Text.RegularExpressions;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>What becomes of a gate's rules that stand in a file from which the host restores its tables.</summary>
public enum AtBoot
{
    /// <summary>The file is refused as a whole: the host comes up without any of its rules.</summary>
    Refused,

    /// <summary>A redirect that no lease ends stands from then on, whatever the node is.</summary>
    Open,

    /// <summary>A redirect stands, and what was left of its lease when it was saved: seconds.</summary>
    OpenForAMoment,

    /// <summary>Chain and jumps without a redirect, or one whose set is empty: the gate is closed.</summary>
    Closed,
}

/// <summary>A file with rules of a gate in it.</summary>
/// <param name="Gate">The gate's chain of iptables, or its table of nftables.</param>
/// <param name="IsNft">Whether the file is in nft's words.</param>
public sealed record SavedTable(string File, string Gate, AtBoot AtBoot, bool IsNft)
{
    /// <summary>Takes the gate's lines out and leaves everybody else's.</summary>
    public string Fix => IsNative
        ? $"sed -i '/^[[:space:]]*table {Gate} {{/,/^}}/d; /{Gate}\\b/d' {File}"
        : IsNft
            ? $"sed -i '/chain {Gate} {{/,/^[[:space:]]*}}/d; /jump {Gate}\\b/d' {File}"
            : $"sed -i '/{Gate}\\b/d' {File}";

    /// <summary>Whether it is a table of nftables alone.</summary>
    public bool IsNative => Gate.StartsWith("inet ", StringComparison.Ordinal);
}

/// <summary>What the files from which a host brings its tables back have of gates.</summary>
/// <param name="Unread">The files that cannot be read, with the reason.</param>
/// <param name="Flushing">The file that takes all tables away first; null when none does.</param>
public sealed record SavedLook(IReadOnlyList<SavedTable> Saved, IReadOnlyList<string> Unread, string? Flushing);

/// <summary>
/// Looks for rules of gates in the files from which hosts bring their tables back: saved while a gate ran, they name a
/// set that is not there at boot, and a restore is all or nothing; a table of nftables has its set with it. The
/// cluster's own filter rules belong there.
/// </summary>
public static partial class SavedTables
{
    private static readonly string[] OfIptables =
    [
        "/etc/iptables/rules.v4",
        "/etc/iptables/rules.v6",
        "/etc/sysconfig/iptables",
        "/etc/sysconfig/ip6tables",
    ];

    private static readonly string[] OfNftables = ["/etc/nftables.conf", "/etc/sysconfig/nftables.conf"];

    /// <summary>Looks at this host's files, and at those that they include.</summary>
    public static SavedLook Look()
    {
        var (saved, unread) = (new List<SavedTable>(), new List<string>());
        string? flushing = null;
        void Read(string file, bool isNft)
        {
            try
            {
                var text = File.ReadAllText(file);
                saved.AddRange(In(file, text, isNft));
                flushing ??= isNft && Flush().IsMatch(text) ? file : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                unread.Add($"{file}: {e.Message}");
            }
        }

        Array.ForEach([.. OfIptables.Where(File.Exists)], file => Read(file, isNft: false));
        foreach (var file in OfNftables.Where(File.Exists).SelectMany(file => NftIncludes.Of(file)).Distinct())
        {
            Read(file, isNft: true);
        }

        return new SavedLook(saved, unread, flushing);
    }

    /// <summary>The gates that a file has rules of.</summary>
    public static IReadOnlyList<SavedTable> In(string file, string text, bool isNft)
    {
        var lines = text.Split('\n').Where(line => !line.TrimStart().StartsWith('#')).ToList();
        return
        [
            .. lines.SelectMany(line => OfGate().Matches(line)).Select(match => match.Value).Distinct()
                .Select(chain => new SavedTable(file, chain, Of(chain, lines, isNft), isNft)),
            .. lines.SelectMany(line => isNft ? OfNativeGate().Matches(line) : Enumerable.Empty<Match>())
                .Select(match => match.Value).Distinct()
                .Select(table => new SavedTable(file, table, OfNative(table, lines), isNft)),
        ];
    }

    /// <summary>iptables names the chain on each line of it; nft prints the rules within its braces.</summary>
    private static AtBoot Of(string chain, List<string> lines, bool isNft)
    {
        var ours = isNft
            ? lines.SkipWhile(line => line.Trim() != $"chain {chain} {{").TakeWhile(line => line.Trim() != "}").ToList()
            : lines.FindAll(line => line.StartsWith($"-A {chain} ", StringComparison.Ordinal));
        // A set of ipset is a match of iptables' own, which nft prints and cannot load.
        return ours.Exists(line => Has(line, " --match-set ", "xt match"))
                ? AtBoot.Refused
            : ours.Exists(line => Has(line, " -j DNAT ", " -j REDIRECT ", " dnat to ", " redirect to ")) ? AtBoot.Open
            : AtBoot.Closed;
    }

    /// <summary>As nft lists the table, or as commands that add to it.</summary>
    private static AtBoot OfNative(string table, List<string> lines)
    {
        List<string> ours =
        [
            .. lines.SkipWhile(line => line.Trim() != $"table {table} {{").TakeWhile(line => line != "}"),
            .. lines.Where(line => Has(line, $" {table} ")),
        ];
        var redirects = ours.FindAll(line => Has(line, " dnat to ", " redirect to "));
        return redirects.Exists(line => !Has(line, " @open ")) ? AtBoot.Open
            : redirects.Count == 0 || !ours.Exists(line => Has(line, "elements = ", "add element ")) ? AtBoot.Closed
            : AtBoot.OpenForAMoment;
    }

    private static bool Has(string line, params string[] words) =>
        words.Any(word => line.Contains(word, StringComparison.Ordinal));

    [GeneratedRegex(@"GALERAGATE-\d+\b")]
    private static partial Regex OfGate();

    [GeneratedRegex(@"inet galeragate-\d+\b")]
    private static partial Regex OfNativeGate();

    [GeneratedRegex(@"^\s*flush\s+ruleset\b", RegexOptions.Multiline)]
    private static partial Regex Flush();
}
