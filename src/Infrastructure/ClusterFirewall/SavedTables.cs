using System.Text.RegularExpressions;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>The effect at boot of a gate's rules that are in a file from which the host restores its rules.</summary>
public enum AtBoot
{
    /// <summary>The whole file is refused: the host boots without any of its rules.</summary>
    Refused,

    /// <summary>A redirect is restored without a lease: the gate stays open, whatever the state of the node.</summary>
    Open,

    /// <summary>
    /// A redirect is restored with what was left of its lease when it was saved: the gate is open for seconds.
    /// </summary>
    OpenForAMoment,

    /// <summary>Chain and jumps without a redirect, or with an empty set: the gate is closed.</summary>
    Closed,
}

/// <summary>A file that contains rules of a gate.</summary>
/// <param name="Gate">The gate's iptables chain, or its nftables table.</param>
/// <param name="IsNft">Whether the file is in nft's syntax.</param>
public sealed record SavedTable(string File, string Gate, AtBoot AtBoot, bool IsNft)
{
    /// <summary>The command that removes the gate's lines and leaves all others.</summary>
    public string Fix => IsNative
        ? $"sed -i '/^[[:space:]]*table {Gate} {{/,/^}}/d; /{Gate}\\b/d' {File}"
        : IsNft
            ? $"sed -i '/chain {Gate} {{/,/^[[:space:]]*}}/d; /jump {Gate}\\b/d' {File}"
            : $"sed -i '/{Gate}\\b/d' {File}";

    /// <summary>Whether it is a table made by the nftables backend.</summary>
    public bool IsNative => Gate.StartsWith("inet ", StringComparison.Ordinal);
}

/// <summary>The gate rules in the files from which a host restores its rules.</summary>
/// <param name="Unread">The files that cannot be read, with the reason.</param>
/// <param name="Flushing">The file that flushes the whole rule set first; null if none does.</param>
public sealed record SavedLook(IReadOnlyList<SavedTable> Saved, IReadOnlyList<string> Unread, string? Flushing);

/// <summary>
/// Looks for gate rules in the files from which hosts restore their rules. If saved while a gate was running, iptables
/// rules refer to a set that does not exist at boot, and a restore is all or nothing; an nftables table includes its
/// set. The cluster's own filter rules belong in these files.
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

    /// <summary>Checks this host's files, and those that they include.</summary>
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

    /// <summary>
    /// Why this host's nft does not load a file that the host restores its rules from; null if it does, or if only root
    /// can tell. nft of Debian 11 does not load a gate's redirect that it has listed itself.
    /// </summary>
    public static async Task<string?> RefusalAsync(CommandRunner run, CancellationToken cancellationToken)
    {
        foreach (var file in OfNftables.Where(File.Exists))
        {
            var check = await run("nft", ["--check", "--file", file], "", cancellationToken);
            if (check.ExitCode == 1 && !check.Error.Contains("Operation not permitted", StringComparison.Ordinal))
            {
                return check.Error.Split(" / ")[0];
            }
        }

        return null;
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

    /// <summary>iptables names the chain on each of its lines; nft prints the rules within braces.</summary>
    private static AtBoot Of(string chain, List<string> lines, bool isNft)
    {
        var ours = isNft
            ? lines.SkipWhile(line => line.Trim() != $"chain {chain} {{").TakeWhile(line => line.Trim() != "}").ToList()
            : lines.FindAll(line => line.StartsWith($"-A {chain} ", StringComparison.Ordinal));
        // An ipset match exists only in iptables; nft prints it but cannot load it.
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
