using System.Globalization;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// A file beside a sealed segment that holds only data derived from it. Its first line names the size and time of the
/// segment it was made from. If the file is missing or does not match, the segment itself is read.
/// </summary>
internal static class DerivedFile
{
    /// <summary>
    /// Whether there is a matching file. Reads only the first line, because the keeper checks every minute.
    /// </summary>
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

    /// <summary>The lines after the first; null if there is no matching file.</summary>
    /// <param name="kind">The kind of data, which is also the file name's ending.</param>
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

    /// <summary>Writes the file, all or nothing.</summary>
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
