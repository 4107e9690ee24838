using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace GaleraGate.Daemon.Tests.Documentation;

/// <summary>A command as written in a document.</summary>
internal sealed record DocumentedCommand(string Where, string[] Words)
{
    public override string ToString() => $"{Where}: {string.Join(' ', Words)}";
}

/// <summary>README, CONTRIBUTING and docs, with their <c>sh</c> blocks and code spans.</summary>
internal static partial class DocumentedCommands
{
    public static string Repository { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../.."));

    private static IEnumerable<string> Files =>
        Directory.EnumerateFiles(Path.Combine(Repository, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Repository, "README.md"))
            .Append(Path.Combine(Repository, "CONTRIBUTING.md"))
            .Order(StringComparer.Ordinal);

    /// <summary>Every command of every <c>sh</c> block, and those after a $ in blocks that show output.</summary>
    public static IReadOnlyList<DocumentedCommand> InBlocks { get; } =
    [
        .. from block in Blocks
           from line in block.Language == "sh" ? Joined(block.Lines) : Typed(block.Lines)
           from words in ShellWords.Commands(line.Text)
           select new DocumentedCommand($"{block.File}:{line.Number}", words),
    ];

    /// <summary>The languages of the blocks; empty for a block without one.</summary>
    public static IEnumerable<(string Where, string Language)> Languages =>
        Blocks.Select(block => ($"{block.File}:{block.Lines[0].Number}", block.Language));

    /// <summary>
    /// The code spans of the text, with line ends as spaces. Decisions are left out, because what they name may be gone
    /// by now.
    /// </summary>
    public static IEnumerable<(string Where, string Text)> Spans =>
        from file in Files
        where !Relative(file).StartsWith("docs/adr/", StringComparison.Ordinal)
        from Match span in Span().Matches(Fence().Replace(File.ReadAllText(file), ""))
        select (Relative(file), Space().Replace(span.Groups["text"].Value, " "));

    private static IEnumerable<(string File, string Language, List<(int Number, string Text)> Lines)> Blocks
    {
        get
        {
            foreach (var file in Files)
            {
                List<(int, string)>? block = null;
                var language = "";
                foreach (var (index, line) in File.ReadLines(file).Index())
                {
                    var isFence = line.TrimStart().StartsWith("```", StringComparison.Ordinal);
                    if (isFence && block is null)
                    {
                        (language, block) = (line.Trim().TrimStart('`'), []);
                    }
                    else if (isFence)
                    {
                        yield return (Relative(file), language, block!);
                        block = null;
                    }
                    else
                    {
                        block?.Add((index + 1, line));
                    }
                }
            }
        }
    }

    /// <summary>Lines, each joined with its continuation lines.</summary>
    private static IEnumerable<(int Number, string Text)> Joined(IEnumerable<(int Number, string Text)> lines)
    {
        var (first, text) = (0, "");
        foreach (var (number, line) in lines)
        {
            (first, text) = (text.Length == 0 ? number : first, text + line.Trim());
            if (text.EndsWith('\\') || text.EndsWith('|'))
            {
                text = text.TrimEnd('\\') + " ";
                continue;
            }

            yield return (first, text);
            text = "";
        }
    }

    private static IEnumerable<(int Number, string Text)> Typed(IEnumerable<(int Number, string Text)> lines) =>
        lines.Where(line => line.Text.StartsWith("$ ", StringComparison.Ordinal))
            .Select(line => (line.Number, line.Text[2..]));

    private static string Relative(string file) => Path.GetRelativePath(Repository, file);

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"^ *```.*?^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("(?<!`)`(?<text>[^`]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
