namespace GaleraGate.Infrastructure.Iptables;

/// <summary>
/// Our part of an address family's nat table: the chain with its rules (null if the chain does not exist) and the jumps
/// to it.
/// </summary>
public sealed record TableRules(string Chain, IReadOnlyList<string>? Rules, IReadOnlyList<string> Jumps)
{
    /// <summary>No chain and no jumps: the wish of a purge.</summary>
    public static TableRules Nothing(string chain) => new(chain, null, []);

    /// <summary>
    /// Whether a rule redirects clients: in the current form, in that of 0.1.0, or made by another program.
    /// </summary>
    public static bool IsRedirect(string rule) =>
        rule.Contains(" -j DNAT ", StringComparison.Ordinal)
        || rule.Contains(" -j REDIRECT ", StringComparison.Ordinal);

    /// <summary>Parses the output of <c>iptables -t nat -S</c>; skips other programs' lines.</summary>
    public static TableRules Read(string chain, string listing)
    {
        var lines = listing.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new TableRules(
            chain,
            lines.Contains($"-N {chain}")
                ? [.. lines.Where(line => line.StartsWith($"-A {chain} ", StringComparison.Ordinal))]
                : null,
            [
                .. lines.Where(line =>
                    IsJumpTo(chain, line) && !line.StartsWith($"-A {chain} ", StringComparison.Ordinal)),
            ]);
    }

    /// <summary>
    /// The input for <c>iptables-restore --noflush</c> that turns these rules into the wanted ones, all or nothing;
    /// null if they are equal already.
    /// </summary>
    public string? ChangeTo(TableRules wanted)
    {
        if (HasSameRules(wanted) && Jumps.SequenceEqual(wanted.Jumps))
        {
            return null;
        }

        List<string> lines = ["*nat"];
        if (wanted.Rules is not null && !HasSameRules(wanted))
        {
            // Declaring a chain that exists empties it.
            lines.Add($":{Chain} - [0:0]");
            lines.AddRange(wanted.Rules);
        }

        var kept = new HashSet<string>();
        foreach (var jump in Jumps.Where(jump => !wanted.Jumps.Contains(jump) || !kept.Add(jump)))
        {
            lines.Add("-D" + jump[2..]);
        }

        foreach (var jump in wanted.Jumps.Except(kept))
        {
            var words = jump.Split(' ', 3);
            lines.Add($"-I {words[1]} 1 {words[2]}");
        }

        if (wanted.Rules is null && Rules is not null)
        {
            lines.Add($"-F {Chain}");
            lines.Add($"-X {Chain}");
        }

        lines.Add("COMMIT");
        return string.Join('\n', lines) + "\n";
    }

    /// <summary>The redirect rules in the chain.</summary>
    public IReadOnlyList<string> Redirects => [.. (Rules ?? []).Where(IsRedirect)];

    /// <summary>The rules that the other has and this one lacks, with duplicates.</summary>
    public IEnumerable<string> MissingFrom(TableRules other)
    {
        var left = All.ToList();
        return [.. other.All.Where(rule => !left.Remove(rule))];
    }

    private IEnumerable<string> All =>
        [.. Rules is null ? Array.Empty<string>() : [$"-N {Chain}"], .. Rules ?? [], .. Jumps];

    private bool HasSameRules(TableRules other) =>
        Rules is null ? other.Rules is null : other.Rules is not null && Rules.SequenceEqual(other.Rules);

    private static bool IsJumpTo(string chain, string line) =>
        line.StartsWith("-A ", StringComparison.Ordinal)
        && (
            line.EndsWith($" -j {chain}", StringComparison.Ordinal)
            || line.EndsWith($" -g {chain}", StringComparison.Ordinal));
}
