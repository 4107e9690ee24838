using System.Globalization;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>A block of a segment, about one megabyte.</summary>
/// <param name="Start">The offset of its text.</param>
/// <param name="File">The corresponding offset in the file, which may be compressed.</param>
internal readonly record struct Block(
    long Start, long Length, long File, long FirstSeq, long LastSeq, DateTimeOffset Earliest, DateTimeOffset Latest)
{
    public bool MayHold(JournalFilter filter) =>
        LastSeq >= filter.From && !(Latest < filter.Since) && !(Earliest > filter.Until);
}

/// <summary>
/// The blocks of a sealed segment with their contents, so that a reader opens only the blocks it needs. It holds only
/// derived data: if it is missing or does not match the file, everything is read.
/// </summary>
internal static class SegmentIndex
{
    public const int BlockBytes = 1 << 20;

    private const string Header = "galeragate index 1";

    /// <summary>The blocks of a segment; null if it has no matching index.</summary>
    public static IReadOnlyList<Block>? Read(string segment) => Read(segment, LengthOf(segment));

    /// <summary>The same for an open file whose length is known.</summary>
    public static IReadOnlyList<Block>? Read(string segment, long length)
    {
        try
        {
            var lines = File.ReadAllLines(Segment.IndexPath(segment));
            return lines.Length > 1 && lines[0] == $"{Header} {length}" && lines[^1] == "end"
                ? [.. lines[1..^1].Select(Parse)]
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or FormatException or IndexOutOfRangeException or OverflowException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Writes the index of a segment, all or nothing.</summary>
    public static void Write(string segment, IEnumerable<Block> blocks)
    {
        JournalDisk.Replace(Segment.IndexPath(segment), file =>
        {
            using var text = new StreamWriter(file, leaveOpen: true) { NewLine = "\n" };
            foreach (var line in blocks.Select(Text).Prepend($"{Header} {new FileInfo(segment).Length}").Append("end"))
            {
                text.WriteLine(line);
            }
        });
    }

    private static long LengthOf(string segment) => new FileInfo(segment) is { Exists: true } file ? file.Length : -1;

    private static string Text(Block block) => string.Create(
        CultureInfo.InvariantCulture,
        $"{block.Start} {block.Length} {block.File} {block.FirstSeq} {block.LastSeq} {block.Earliest.UtcTicks} "
        + $"{block.Latest.UtcTicks}");

    private static Block Parse(string line)
    {
        var numbers = line.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return numbers.Any(number => number < 0)
            ? throw new FormatException("a block has no number below zero")
            : new Block(
                numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
                new DateTimeOffset(numbers[5], TimeSpan.Zero), new DateTimeOffset(numbers[6], TimeSpan.Zero));
    }
}
