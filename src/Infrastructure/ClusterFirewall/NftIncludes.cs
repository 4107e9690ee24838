using System.Text.RegularExpressions;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>The files that nft reads its rules from: the given one, and the ones that it includes.</summary>
public static partial class NftIncludes
{
    /// <summary>Where nft looks for a file that is included without a path.</summary>
    private const string Default = "/etc";

    /// <summary>The file itself comes first. A file that cannot be read includes nothing.</summary>
    /// <param name="root">The base of paths without a leading slash.</param>
    public static IReadOnlyList<string> Of(string file, string root = Default)
    {
        var (seen, left) = (new List<string>(), new Queue<string>([file]));
        while (left.TryDequeue(out var next))
        {
            if (!seen.Contains(next))
            {
                seen.Add(next);
                Named(next, root).ForEach(left.Enqueue);
            }
        }

        return seen;
    }

    private static List<string> Named(string file, string root)
    {
        try
        {
            return
            [
                .. Include().Matches(File.ReadAllText(file))
                    .Select(match => Path.Combine(root, match.Groups["path"].Value))
                    .SelectMany<string, string>(path => path.Contains('*', StringComparison.Ordinal)
                        || path.Contains('?', StringComparison.Ordinal)
                        ? Directory.EnumerateFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path))
                            .Order(StringComparer.Ordinal)
                        : [path])
                    .Where(File.Exists),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }

    [GeneratedRegex("""^\s*include\s+["'](?<path>[^"']+)["']""", RegexOptions.Multiline)]
    private static partial Regex Include();
}
