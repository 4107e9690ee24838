using System.Globalization;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>The comments by which a gate recognizes its own rules, for both backends.</summary>
internal static class RuleComment
{
    private const string Mark = "galeragate:";

    /// <summary>The comment of the rule that keeps connection tracking active.</summary>
    public const string Anchor = $"{Mark}anchor";

    /// <summary>The comment of a node's redirect; it names the event that opened it.</summary>
    public static string Of(string node, long opened) =>
        string.Create(CultureInfo.InvariantCulture, $"{Mark}{node}:{opened}");

    /// <summary>The opening that a rule's text names for a node; null if it names none.</summary>
    /// <param name="before">The text that the backend writes right before a comment.</param>
    public static long? OpenedBy(string rule, string node, string before = "")
    {
        var mark = $"{before}{Mark}{node}:";
        var start = rule.IndexOf(mark, StringComparison.Ordinal);
        var digits = start < 0 ? [] : rule[(start + mark.Length)..].TakeWhile(char.IsAsciiDigit).ToArray();
        return long.TryParse(digits, CultureInfo.InvariantCulture, out var seq) ? seq : null;
    }
}
