using GaleraGate.Domain;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// A file beside a segment that replaces everything before it: the lines of the events that still matter, then the seal
/// of the segment before. Earlier segments need not be read and may be deleted.
/// </summary>
internal static class SegmentStart
{
    /// <summary>The complete lines; empty for the first segment.</summary>
    public static IEnumerable<RawLine> Lines(string segment)
    {
        var path = Segment.CarryPath(segment);
        return File.Exists(path) ? RawLines.OfFile(path).Where(raw => raw.HasLineFeed) : [];
    }

    /// <summary>
    /// How long the host had run when the segment began; null for the first segment, and if an older version began it.
    /// </summary>
    public static RunningTime? Ran(string segment) =>
        Lines(segment).Where(raw => SealLine.Is(raw.Bytes.Span)).Select(raw => SealLine.Read(raw.Bytes)?.Ran)
            .LastOrDefault();

    public static void Write(string segment, IEnumerable<byte[]> carried, SealLine seal) =>
        JournalDisk.Replace(Segment.CarryPath(segment), file =>
        {
            foreach (var line in carried.Append(seal.Write().Line))
            {
                file.Write(line);
            }
        });
}
