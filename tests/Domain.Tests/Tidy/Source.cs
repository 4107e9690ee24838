using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace GaleraGate.Domain.Tests.Tidy;

/// <summary>A file of the program and its room: the folder directly below its project.</summary>
internal sealed partial record Source(string Path, string Project, string Room, string Text)
{
    public static string Repository { get; } =
        System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(ThisFile())!, "../../.."));

    /// <summary>Every file of the three projects.</summary>
    public static IReadOnlyList<Source> All { get; } =
    [
        .. Files("src", "*.cs").Select(path => (Path: path, Parts: path.Split('/'))).Select(file => new Source(
            file.Path,
            file.Parts[1],
            file.Parts.Length > 3 ? file.Parts[2] : "",
            File.ReadAllText(System.IO.Path.Combine(Repository, file.Path)))),
    ];

    /// <summary>The types declared in it, without nested ones.</summary>
    public IEnumerable<string> Types => Declared().Matches(Text).Select(match => match.Groups["name"].Value);

    /// <summary>The files below a folder, as paths from the repository's root, without build output.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(System.IO.Path.Combine(Repository, folder), pattern, SearchOption.AllDirectories)
            .Select(path => System.IO.Path.GetRelativePath(Repository, path))
            .Where(path =>
                !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "node_modules"))
            .Order(StringComparer.Ordinal);

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(
        @"^(public|internal)\s[^\n(;={]*?\b(class|record struct|record|struct|interface|enum)\s+(?<name>\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Declared();
}
