namespace GaleraGate.Domain.Tests.Tidy;

/// <summary>Text must be easy to read: lines end at column 120, and files are short enough to take in whole.</summary>
public sealed class LineTests
{
    private const int MaxColumns = 120;
    private const int MaxLines = 250;

    /// <summary>Files that are generated, and files with one record a line.</summary>
    private static readonly string[] Excepted =
    [
        "eng/mutants.sh", // each line is a mutant
        "tests/Infrastructure.Tests/Journal/Released", // as released
    ];

    private static readonly string[] Folders = [".ci", "bench", "docs", "eng", "packaging", "src", "tests"];
    private static readonly string[] Kinds = ["*.cs", "*.css", "*.md", "*.mjs", "*.sh", "*.yml"];

    [Fact]
    public void Lines_end_at_column_120()
    {
        var files = Folders.SelectMany(folder => Kinds.SelectMany(kind => Source.Files(folder, kind)))
            .Concat(Directory.EnumerateFiles(Source.Repository, "*.md").Select(path => Path.GetFileName(path)))
            .Append("Makefile")
            .Where(file => !Excepted.Any(one => file.StartsWith(one, StringComparison.Ordinal)));

        Assert.Empty(files.SelectMany(Long));
    }

    [Fact]
    public void Source_files_have_at_most_250_lines() =>
        Assert.DoesNotContain(Source.All, source => source.Text.Count(c => c == '\n') > MaxLines);

    /// <summary>A row of a Markdown table cannot be wrapped.</summary>
    private static IEnumerable<string> Long(string file) =>
        File.ReadLines(Path.Combine(Source.Repository, file))
            .Index()
            .Where(line => line.Item.Length > MaxColumns)
            .Where(line => !(file.EndsWith(".md", StringComparison.Ordinal) && line.Item.StartsWith('|')))
            .Select(line => $"{file}:{line.Index + 1}");
}
