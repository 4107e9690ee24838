namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>
/// Our chain of an address family's filter table (null if it does not exist), and the rules of INPUT, which include our
/// jump at its place. Only a jump without a condition is ours; any other rule that leads to the chain was made by other
/// people.
/// </summary>
public sealed record FilterRules(string Chain, IReadOnlyList<string>? Rules, IReadOnlyList<string> Input)
{
    /// <summary>Rules made by other people that lead to our chain.</summary>
    public IReadOnlyList<string> OthersJumps { get; init; } = [];

    /// <summary>Our jump.</summary>
    public string Jump => JumpTo(Chain);

    /// <summary>Our jump is the first rule of INPUT.</summary>
    public bool IsFirst => Input is [var first, ..] && first == Jump;

    public static string JumpTo(string chain) => $"-A INPUT -j {chain}";

    /// <summary>Neither chain nor jump.</summary>
    public static FilterRules Nothing(string chain) => new(chain, null, []);

    /// <summary>Reads what <c>iptables -S</c> printed.</summary>
    public static FilterRules Read(string chain, string listing)
    {
        const StringSplitOptions Lines = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var lines = listing.Split('\n', Lines);
        return new FilterRules(
            chain,
            lines.Contains($"-N {chain}") ? [.. lines.Where(line => Is(line, $"-A {chain} "))] : null,
            [.. lines.Where(line => Is(line, "-A INPUT "))])
        {
            OthersJumps = [.. lines.Where(line => Leads(line, chain) && line != JumpTo(chain))],
        };
    }

    /// <summary>
    /// The input for <c>iptables-restore --noflush</c> that turns these rules into the wanted ones, all or nothing;
    /// null if they are equal already. Rules made by other people are not touched: if our chain should go but such a
    /// rule jumps to it, the chain is only emptied.
    /// </summary>
    public string? ChangeTo(FilterRules wanted)
    {
        var rules = wanted.Rules is null && OthersJumps.Count > 0 ? [] : wanted.Rules;
        var input = InputFor(wanted);
        var lines = new List<string>();
        if (rules is not null && Rules?.SequenceEqual(rules) is not true)
        {
            // Declaring a chain that exists empties it.
            lines.Add($":{Chain} - [0:0]");
            lines.AddRange(rules);
        }

        if (!Input.SequenceEqual(input))
        {
            lines.AddRange(Input.Where(line => line == Jump).Select(_ => $"-D INPUT -j {Chain}"));
            var places = input.Index().Where(row => row.Item == Jump).Select(row => row.Index + 1);
            lines.AddRange(places.Select(place => $"-I INPUT {place} -j {Chain}"));
        }

        if (rules is null && Rules is not null)
        {
            lines.AddRange([$"-F {Chain}", $"-X {Chain}"]);
        }

        return lines.Count == 0 ? null : $"*filter\n{string.Join('\n', lines)}\nCOMMIT\n";
    }

    /// <summary>
    /// Whether the chain still contains what a change put there, possibly with additions; if not, another program has
    /// rewritten it.
    /// </summary>
    public bool Holds(FilterRules made)
    {
        var left = new Queue<string>(made.Rules ?? []);
        if (left.Count == 0)
        {
            return Rules is null or [];
        }

        foreach (var rule in Rules ?? [])
        {
            if (left.Count > 0 && left.Peek() == rule)
            {
                _ = left.Dequeue();
            }
        }

        return left.Count == 0;
    }

    /// <summary>
    /// The wanted INPUT chain: other rules unchanged, each of our jumps after the rule that it followed.
    /// </summary>
    private List<string> InputFor(FilterRules wanted)
    {
        var input = Input.Where(line => line != Jump).ToList();
        foreach (var (place, _) in wanted.Input.Index().Where(row => row.Item == Jump))
        {
            input.Insert(PlaceOf(wanted.Input, place, input), Jump);
        }

        return input;
    }

    /// <summary>Where a rule belongs: after the nearest preceding rule that still exists; first if none does.</summary>
    private static int PlaceOf(IReadOnlyList<string> before, int place, List<string> input)
    {
        for (var i = place - 1; i >= 0; i--)
        {
            // Of several identical rules, take the same one.
            var alike = before.Take(i + 1).Count(line => line == before[i]);
            var found = input.Index().Where(row => row.Item == before[i]).Take(alike).ToList();
            if (found.Count > 0)
            {
                return found[^1].Index + 1;
            }
        }

        return 0;
    }

    private static bool Is(string line, string start) => line.StartsWith(start, StringComparison.Ordinal);

    private static bool Leads(string line, string chain) => Is(line, "-A ")
        && (line.EndsWith($" -j {chain}", StringComparison.Ordinal)
            || line.EndsWith($" -g {chain}", StringComparison.Ordinal));
}
