using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// A segment that is open for reading. Once open it can be read to its end, even if the keeper compresses or deletes it
/// meanwhile.
/// </summary>
[SuppressMessage("Reliability", "CA2000", Justification = "one file, and it is closed with this")]
internal sealed class SegmentText : IDisposable
{
    private readonly FileStream _file;

    private SegmentText(string path, FileStream file) => (Path, _file) = (path, file);

    /// <summary>The name under which it was found.</summary>
    public string Path { get; }

    public bool IsCompressed => Segment.IsCompressed(Path);

    /// <summary>Its blocks; null if it has no matching index.</summary>
    public IReadOnlyList<Block>? Index => SegmentIndex.Read(Path, _file.Length);

    /// <summary>Opens a listed segment under its current name; null if it was deleted.</summary>
    public static SegmentText? Open(string segment)
    {
        foreach (var path in Segment.Forms(segment))
        {
            try
            {
                return new SegmentText(path, Segment.OpenFile(path));
            }
            catch (FileNotFoundException)
            {
                // It has its other name by now, or was deleted.
            }
        }

        return null;
    }

    /// <summary>
    /// Its lines, including seals, from an offset of its text on; if it is damaged, the last one says from where.
    /// </summary>
    public IEnumerable<RawLine> Lines(long start = 0) => IsCompressed
        ? RawLines.Of(From(0), start: 0, long.MaxValue).SkipWhile(line => line.End <= start && line.Damage is null)
        : RawLines.Of(From(start), start, long.MaxValue);

    /// <summary>The lines of one block.</summary>
    public IEnumerable<RawLine> Lines(Block block) => RawLines.Of(From(block.File), block.Start, block.Length);

    public void Dispose() => _file.Dispose();

    private Stream From(long offset)
    {
        _ = _file.Seek(offset, SeekOrigin.Begin);
        return IsCompressed ? new GZipStream(_file, CompressionMode.Decompress, leaveOpen: true) : _file;
    }
}
