using System.Globalization;
using System.Text;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// A file beside a sealed segment. For each block but the first, it has the lines of the events that still matter at
/// the block's beginning. A reader that wants the state at a time starts with the block before that time.
/// </summary>
internal static class SegmentStates
{
    private const string Kind = "states";
    private const string OfBlock = "block ";
    private const string End = "end";

    /// <summary>Whether a segment has such a file.</summary>
    public static bool Has(string segment) => DerivedFile.Has(segment, Kind);

    /// <summary>The carried lines at the beginning of a block, without line feeds; null if unknown.</summary>
    public static IReadOnlyList<byte[]>? Before(string segment, Block block)
    {
        var lines = DerivedFile.Lines(segment, Kind) ?? [];
        var place = Array.IndexOf(lines, HeadOf(block));
        return place < 0
            ? null
            : [.. lines.Skip(place + 1).TakeWhile(IsOfJournal).Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>Writes the file, all or nothing.</summary>
    public static void Write(string segment, IEnumerable<(Block Block, IReadOnlyList<byte[]> Lines)> states) =>
        DerivedFile.Write(
            segment,
            Kind,
            states.SelectMany(one => one.Lines.Select(Encoding.UTF8.GetString).Prepend(HeadOf(one.Block))).Append(End));

    private static bool IsOfJournal(string line) => line.StartsWith('{');

    private static string HeadOf(Block block) =>
        string.Create(CultureInfo.InvariantCulture, $"{OfBlock}{block.Start} {block.FirstSeq}");
}
