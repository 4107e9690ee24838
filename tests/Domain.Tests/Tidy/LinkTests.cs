using System.Text.RegularExpressions;

namespace GaleraGate.Domain.Tests.Tidy;

/// <summary>
/// Links in the documents lead to existing targets, and every page that the program and its packages refer to exists.
/// </summary>
public sealed partial class LinkTests
{
    private const string Index = "docs/README.md";

    private static IReadOnlyList<string> Pages { get; } =
    [
        .. Source.Files("docs", "*.md"),
        .. Directory.EnumerateFiles(Source.Repository, "*.md").Select(path => Path.GetFileName(path)).Order(),
    ];

    [Fact]
    public void Every_link_of_a_page_leads_to_a_file_and_its_heading() =>
        Assert.Empty(
            from page in Pages
            from link in LinksOf(page)
            where !IsThere(link.Path, link.Anchor)
            select $"{page}: {link.Path}#{link.Anchor}");

    [Fact]
    public void Every_page_of_docs_can_be_reached_from_the_index()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal) { Index };
        var left = new Queue<string>([Index]);
        while (left.TryDequeue(out var page))
        {
            foreach (var next in LinksOf(page).Select(link => link.Path).Where(Source.Files("docs", "*.md").Contains))
            {
                if (reached.Add(next))
                {
                    left.Enqueue(next);
                }
            }
        }

        Assert.Empty(Source.Files("docs", "*.md").Except(reached));
    }

    [Fact]
    public void Every_page_that_the_program_or_a_package_names_exists()
    {
        string[] folders = ["src", "packaging", "eng", "tests"];
        string[] kinds = ["*.cs", "*.sh", "*.yml", "*.json", "*.tsv", "*.mjs", "*.control", "*.service"];
        var named =
            from folder in folders
            from kind in kinds
            from file in Source.Files(folder, kind)
            from Match page in Named().Matches(File.ReadAllText(Path.Combine(Source.Repository, file)))
            where !IsThere(page.Groups["path"].Value, page.Groups["anchor"].Value)
            select $"{file}: {page.Value}";

        Assert.Empty(named.Distinct());
    }

    private static IEnumerable<(string Path, string Anchor)> LinksOf(string page)
    {
        var text = Fence().Replace(File.ReadAllText(Path.Combine(Source.Repository, page)), "");
        foreach (Match link in Link().Matches(text))
        {
            var (path, anchor) = (link.Groups["path"].Value, link.Groups["anchor"].Value);
            if (!path.Contains("://", StringComparison.Ordinal))
            {
                var from = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
                var whole = Path.GetFullPath(Path.Combine(Source.Repository, from));
                yield return (Path.GetRelativePath(Source.Repository, whole), anchor);
            }
        }
    }

    private static bool IsThere(string path, string anchor)
    {
        var file = Path.Combine(Source.Repository, path);
        return File.Exists(file)
            ? anchor.Length == 0 || (path.EndsWith(".md", StringComparison.Ordinal) && AnchorsOf(file).Contains(anchor))
            : Directory.Exists(file);
    }

    /// <summary>The anchors that GitHub and the site make of headings.</summary>
    private static IEnumerable<string> AnchorsOf(string file) =>
        Heading().Matches(Fence().Replace(File.ReadAllText(file), ""))
            .Select(heading => Dropped().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "")
                .Replace(' ', '-'));

    [GeneratedRegex(@"(\]\(|\bsrc(set)?="")(?<path>[^)#\s""]*)(#(?<anchor>[^)\s]+))?[)""]")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b(?<path>docs/(man/)?[a-z-]+\.(md|8))(#(?<anchor>[a-z0-9_-]+))?")]
    private static partial Regex Named();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Dropped();

    [GeneratedRegex(@"^ *```.*?^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
