using System.Text.RegularExpressions;

namespace GaleraGate.Domain.Tests.Tidy;

/// <summary>
/// Text that a person reads is in plain words. Each of these words once occurred in it; the comment next to it gives a
/// better one.
/// </summary>
public sealed partial class WordTests
{
    private static readonly string[] Plainer =
    [
        "(?-i:is none|are none)", // is not a …, unknown, not set
        "anew", // again; restarted, reinstalled
        "nobody|somebody|anybody|whoever", // no client, another program, the person who
        "takes nothing|took nothing", // cannot be written
        "mend|mends|mended", // repair, fix
        "behind", // after
        "tells", // reports, shows
        "told of", // called for, reported
        "at the most", // at most
        "passed over", // skipped
        "becomes? of|(comes?|came) to nothing", // happens to, fails
        "upon", // on
        "none of (ours|its)", // not ours
    ];

    /// <summary>Contexts in which such a word is the right one, and names that programs rely on.</summary>
    private static readonly string[] Right =
    [
        "drift_?mended", // an event and a metric of 0.1.0
        "param name=\"Mend\"", // a field of the program
        "there (is|are) none", // plain enough
        "severity, says, mend|\"mend\"", // a JSON field of 0.1.0
        @"adr/[0-9a-z-]+\.md", // files
        "behind (a|the|this) (check|firewall|proxy|redirect|account|balancer)|behind xinetd|behind it IPVS",
        "from-a-check-behind-xinetd",
        "(leave|leaves|left|leave a name|leaves nothing|leave nothing) behind|the person behind the account",
        "(lags?|fall|may fall)( too far| further)? behind|events behind|seconds behind|} behind|\"behind\"",
    ];

    [Fact]
    public void Documents_are_in_plain_words() => Assert.Empty(
        new[] { "README.md", "CONTRIBUTING.md", "SECURITY.md" }
            .Concat(Source.Files("docs", "*.md"))
            .SelectMany(file => File.ReadLines(Path.Combine(Source.Repository, file))
                .Index()
                .SelectMany(line => Found(line.Item).Select(word => $"{file}:{line.Index + 1}: {word}"))));

    [Fact]
    public void What_the_program_prints_is_in_plain_words() => Assert.Empty(
        Source.Files("src", "*.cs")
            .SelectMany(file => File.ReadLines(Path.Combine(Source.Repository, file))
                .Index()
                .Where(line => !line.Item.TrimStart().StartsWith("//", StringComparison.Ordinal)
                    && !line.Item.Contains("Justification", StringComparison.Ordinal))
                .SelectMany(line => Literal().Matches(line.Item)
                    .SelectMany(text => Found(Hole().Replace(text.Value, "{}")))
                    .Select(word => $"{file}:{line.Index + 1}: {word}"))));

    [Fact]
    public void Comments_are_in_plain_words() => Assert.Empty(
        from file in Source.Files("src", "*.cs")
        from line in File.ReadLines(Path.Combine(Source.Repository, file)).Index()
        from Match comment in Comment().Matches(line.Item)
        from word in Found(comment.Value)
        select $"{file}:{line.Index + 1}: {word}");

    [Fact]
    public void Names_of_tests_are_in_plain_words() => Assert.Empty(
        from file in Source.Files("tests", "*.cs")
        from line in File.ReadLines(Path.Combine(Source.Repository, file)).Index()
        from Match name in TestName().Matches(line.Item)
        from word in Found(name.Groups["name"].Value.Replace('_', ' '))
        select $"{file}:{line.Index + 1}: {word}");

    private static IEnumerable<string> Found(string text)
    {
        var left = Regex.Replace(text, string.Join('|', Right), "", RegexOptions.IgnoreCase);
        return Regex.Matches(left, $@"\b({string.Join('|', Plainer)})\b", RegexOptions.IgnoreCase)
            .Select(match => match.Value);
    }

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"
        """)]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"(?<=^\s*|[;,{(\[] )///? .*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(void|Task) (?<name>[A-Z][A-Za-z0-9]*_\w+)\(")]
    private static partial Regex TestName();
}
