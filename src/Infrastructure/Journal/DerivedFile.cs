using System.Globalization;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// A file beside a sealed segment that holds nothing that the segment does not. Its first line says which file it was
/// made of: when it is missing, or the segment is another file by now, the segment itself is read.
/// </summary>
internal static class DerivedFile
{
    /// <summary>Whether there is a file that fits. Only its first line is read: the keeper asks every minute.</summary>
    public static bool Has(string segment, string kind)
    {
        try
        {
            using var text = File.OpenText(Segment.DerivedPath(segment, kind));
            return text.ReadLine() == HeaderOf(segment, kind);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The lines after the first; null when there is no file that fits.</summary>
    /// <param name="kind">What it holds, which is the end of its name.</param>
    public static string[]? Lines(string segment, string kind)
    {
        try
        {
            var lines = File.ReadAllLines(Segment.DerivedPath(segment, kind));
            return lines.Length > 1 && lines[0] == HeaderOf(segment, kind) ? lines[1..] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public static void Write(string segment, string kind, IEnumerable<string> lines) =>
        JournalDisk.Replace(Segment.DerivedPath(segment, kind), file =>
        {
            using var text = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
            text.WriteLine(HeaderOf(segment, kind));
            foreach (var line in lines)
            {
                text.WriteLine(line);
            }
        });

    private static string HeaderOf(string segment, string kind)
    {
        var file = new FileInfo(segment);
        var (length, written) = file.Exists ? (file.Length, file.LastWriteTimeUtc.Ticks) : (-1, -1);
        return string.Create(CultureInfo.InvariantCulture, $"galeragate {kind} 1 {length} {written}");
    }
}
