using System.Globalization;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>The journal's files: each is named by the seq of its first event, so their names sort in the order of events.</summary>
public static class Segment
{
    private const string Extension = ".jsonl";

    public static string Name(long firstSeq) => firstSeq.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    /// <summary>The segments of a journal, oldest first.</summary>
    public static IReadOnlyList<string> Of(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*" + Extension).Where(IsSegment).Order(StringComparer.Ordinal)];

    private static bool IsSegment(string path) =>
        Path.GetFileNameWithoutExtension(path) is { Length: 20 } name && name.All(char.IsAsciiDigit);
}
