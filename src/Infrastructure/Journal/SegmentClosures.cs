using System.Globalization;
using System.Text.Json;
using GaleraGate.Domain.Audit;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The closures that ended within a sealed segment, and how things stood at its end, in a file beside it. It holds
/// nothing that the segment does not: when it is missing, or the segment is not the file that it was made of, the
/// segment is read.
/// </summary>
/// <param name="Ended">In the order of their ends.</param>
/// <param name="End">Null when the segment has no event that matters here.</param>
internal sealed record SegmentClosures(IReadOnlyList<Closure> Ended, ClosureState? End)
{
    private const string Header = "galeragate closures 1";

    /// <summary>Whether a segment has such a file.</summary>
    public static bool Has(string segment) => Lines(segment) is not null;

    /// <summary>What the file of a segment holds; null when it has none that fits.</summary>
    public static SegmentClosures? Read(string segment)
    {
        try
        {
            return Lines(segment) is { } lines
                ? new SegmentClosures(
                    [.. lines[1..^1].Select(line => JsonSerializer.Deserialize(line, ClosureJson.Default.Closure)!)],
                    JsonSerializer.Deserialize(lines[^1], ClosureJson.Default.ClosureState))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write(string segment)
    {
        JournalDisk.Replace(Segment.ClosuresPath(segment), file =>
        {
            using var text = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
            text.WriteLine(HeaderOf(segment));
            foreach (var closure in Ended)
            {
                text.WriteLine(JsonSerializer.Serialize(closure, ClosureJson.Default.Closure));
            }

            text.WriteLine(JsonSerializer.Serialize(End, ClosureJson.Default.ClosureState!));
        });
    }

    private static string[]? Lines(string segment)
    {
        try
        {
            var lines = File.ReadAllLines(Segment.ClosuresPath(segment));
            return lines.Length > 1 && lines[0] == HeaderOf(segment) ? lines : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Which file it was made of.</summary>
    private static string HeaderOf(string segment)
    {
        var file = new FileInfo(segment);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Header} {(file.Exists ? file.Length : -1)} {(file.Exists ? file.LastWriteTimeUtc.Ticks : -1)}");
    }
}
