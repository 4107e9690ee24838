using System.Net;
using System.Text;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>The fate of a client's first packet in the filter table's INPUT chain.</summary>
public enum InputFate
{
    Accepted,

    /// <summary>Rejected with an answer: the client fails at once.</summary>
    Rejected,

    /// <summary>Dropped without an answer: the client waits for its own timeout.</summary>
    Dropped,
}

/// <summary>
/// The fate of a packet, and the rules met before it that decide differently for some clients (by address, interface or
/// rate).
/// </summary>
/// <param name="Rule">The rule that decides; null if it is the chain's policy.</param>
public sealed record InputVerdict(InputFate Fate, string? Rule, IReadOnlyList<string> ForSome);

/// <summary>
/// Simulates the first packet of a TCP connection passing through the INPUT chain, as <c>iptables -S</c> prints it.
/// INPUT sees the port after the redirect, and conntrack remembers the original one. Conditions that depend on the
/// client are not evaluated; their rules are listed separately.
/// </summary>
public sealed class InputRules(string listing)
{
    private enum Match
    {
        No,
        Some,
        All,
    }

    private readonly ILookup<string, string> _rules = listing
        .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Where(line => line.StartsWith("-A ", StringComparison.Ordinal))
        .ToLookup(line => line.Split(' ')[1]);

    private readonly InputFate _policy = listing.Contains("-P INPUT DROP", StringComparison.Ordinal)
        ? InputFate.Dropped
        : InputFate.Accepted;

    /// <summary>
    /// The fate of a connection to a port that was redirected from another (or the same port, if it was not
    /// redirected).
    /// </summary>
    public InputVerdict Walk(ushort port, ushort originalPort)
    {
        var some = new List<string>();
        var decided = Walk("INPUT", port, originalPort, some, []);
        return decided is { } end ? new InputVerdict(end.Fate, end.Rule, some) : new InputVerdict(_policy, null, some);
    }

    /// <summary>Whether a rule could apply to a client's packet to one of these ports.</summary>
    public static bool CouldMatch(string rule, IPAddress from, params ReadOnlySpan<ushort> ports)
    {
        foreach (var port in ports)
        {
            if (MatchOf(Words(rule), port, ports[^1], from) != Match.No)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The source network that a rule names; null if it names none.</summary>
    public static IPNetwork? SourceOf(string rule) =>
        Words(rule) is var words
        && words.IndexOf("-s") is > 1 and var at
        && words[at - 1] != "!"
        && at + 1 < words.Count
        && IPNetwork.TryParse(words[at + 1], out var network)
            ? network
            : null;

    /// <param name="walked">What each chain that was walked decides: many rules may lead to the same chain.</param>
    private (InputFate Fate, string Rule)? Walk(
        string chain,
        ushort port,
        ushort originalPort,
        List<string> some,
        Dictionary<string, (InputFate Fate, string Rule)?> walked)
    {
        if (!walked.TryAdd(chain, null))
        {
            return walked[chain];
        }

        // If a rule makes some packets leave the chain, the rest of the chain applies only to the others.
        var hasLeft = false;
        foreach (var rule in _rules[chain])
        {
            var words = Words(rule);
            var match = MatchOf(words, port, originalPort, null);
            match = match == Match.All && hasLeft ? Match.Some : match;
            var at = words.FindIndex(IsJump);
            var target = at >= 0 && at + 1 < words.Count ? words[at + 1] : "";
            if (match == Match.No || target.Length == 0)
            {
                continue;
            }

            var (isReturn, isChain) = (target == "RETURN", _rules.Contains(target));
            var decided = FateOf(target) is { } fate ? (fate, rule)
                : isChain ? Walk(target, port, originalPort, some, walked)
                : null;
            // After a chain that was gone to, a packet does not come back to this one.
            var isLeft = isReturn || (isChain && words[at] == "-g");
            if (match == Match.All && (decided is not null || isLeft))
            {
                return walked[chain] = decided;
            }

            some.AddRange(decided is null ? [] : [rule]);
            hasLeft |= isLeft;
        }

        return null;
    }

    private static bool IsJump(string word) => word is "-j" or "-g";

    private static InputFate? FateOf(string target) => target switch
    {
        "ACCEPT" => InputFate.Accepted,
        "REJECT" => InputFate.Rejected,
        "DROP" => InputFate.Dropped,
        _ => null,
    };

    private static Match MatchOf(List<string> words, ushort port, ushort originalPort, IPAddress? from)
    {
        var match = Match.All;
        for (var i = 2; i < words.Count && !IsJump(words[i]); i++)
        {
            var isNegated = words[i] == "!" && i + 1 < words.Count;
            i += isNegated ? 1 : 0;
            var value = i + 1 < words.Count ? words[i + 1] : "";
            bool? holds = words[i] switch
            {
                "-p" => value is "tcp" or "all",
                "--dport" or "--dports" => value.Split(',').Any(range => Contains(range, port)),
                "--ctorigdstport" => Contains(value, originalPort),
                "--ctstate" or "--state" => value.Split(',').Contains("NEW"),
                "-i" when value == "lo" => false,
                // Every packet that arrives here is addressed to this host.
                "--dst-type" => value == "LOCAL",
                "-s" when from is not null && IPNetwork.TryParse(value, out var network) => network.Contains(from),
                "--comment" => true,
                // Module names and the details of a match or target do not decide anything by themselves.
                "-m" => true,
                _ => null,
            };
            match = holds is null ? Match.Some : holds.Value != isNegated ? match : Match.No;
            if (match == Match.No)
            {
                return Match.No;
            }

            i++;
        }

        return match;
    }

    private static bool Contains(string range, ushort port)
    {
        var ends = range.Split(':');
        return ushort.TryParse(ends[0].Length > 0 ? ends[0] : "0", out var first)
            && ushort.TryParse(ends[^1].Length > 0 ? ends[^1] : "65535", out var last)
            && port >= first && port <= last;
    }

    /// <summary>Splits at spaces; a quoted comment is one word, in which a backslash escapes the next.</summary>
    private static List<string> Words(string rule)
    {
        var words = new List<string>();
        var (word, isQuoted) = ((StringBuilder?)null, false);
        for (var i = 0; i < rule.Length; i++)
        {
            if (rule[i] == '"')
            {
                (word, isQuoted) = (word ?? new StringBuilder(), !isQuoted);
            }
            else if (rule[i] == ' ' && !isQuoted)
            {
                words.AddRange(word is null ? [] : [word.ToString()]);
                word = null;
            }
            else
            {
                i += isQuoted && rule[i] == '\\' && i + 1 < rule.Length ? 1 : 0;
                word = (word ?? new StringBuilder()).Append(rule[i]);
            }
        }

        words.AddRange(word is null ? [] : [word.ToString()]);
        return words;
    }
}
