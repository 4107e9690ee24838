using System.IO.Compression;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>How much of a journal is kept. Whatever is the first to be reached drops whole sealed segments, oldest first.</summary>
/// <param name="MaxBytes">What all files may take on the disk.</param>
/// <param name="MaxAge">How long ago the last event of a segment may have happened; null for ever.</param>
public sealed record JournalRetention(long MaxBytes, TimeSpan? MaxAge);

/// <summary>A segment that was dropped.</summary>
/// <param name="Unshipped">The archive did not have it yet: these events are lost.</param>
public sealed record DroppedSegment(string Path, long First, long Last, bool Unshipped);

/// <summary>
/// Looks after sealed segments, away from the writer: gives each its index, compresses all but the newest, and drops what the retention says. The last
/// segment, which is written, is never touched.
/// </summary>
public static class JournalKeeper
{
    /// <summary>Past this many times the retention's size even what the archive lacks is dropped.</summary>
    public const int HardCap = 2;

    /// <summary>Does what there is to do; can be broken off and begun again at any point.</summary>
    /// <param name="shipped">The last seq that a configured archive has, 0 before that is known; null where there is none.</param>
    public static IReadOnlyList<DroppedSegment> Keep(string directory, JournalRetention retention, long? shipped, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var segments = Segment.Of(directory);
        foreach (var segment in segments.SkipLast(1))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Segment.IsCompressed(segment) && segment != segments[^2])
            {
                Compress(segment, cancellationToken);
            }
            else if (!Segment.IsCompressed(segment) && SegmentIndex.Read(segment) is null)
            {
                SegmentIndex.Write(segment, BlocksOf(segment));
            }
        }

        return [.. Drop(Segment.Of(directory), retention, shipped, now)];
    }

    private static IEnumerable<DroppedSegment> Drop(IReadOnlyList<string> segments, JournalRetention retention, long? shipped, DateTimeOffset now)
    {
        var total = segments.Sum(SizeOf);
        for (var i = 0; i + 1 < segments.Count; i++)
        {
            var last = Segment.FirstSeq(segments[i + 1]) - 1;
            var isTooOld = retention.MaxAge is { } age && LatestOf(segments[i]) is { } latest && latest < now - age;
            var unshipped = last > shipped;
            if (!(total > retention.MaxBytes || isTooOld) || (unshipped && total <= HardCap * retention.MaxBytes))
            {
                yield break;
            }

            total -= SizeOf(segments[i]);
            foreach (var file in new[] { Segment.IndexPath(segments[i]), Segment.CarryPath(segments[i]), segments[i] })
            {
                File.Delete(file);
            }

            yield return new DroppedSegment(segments[i], Segment.FirstSeq(segments[i]), last, unshipped);
        }
    }

    private static long SizeOf(string segment) =>
        new[] { segment, Segment.IndexPath(segment), Segment.CarryPath(segment) }.Select(path => new FileInfo(path)).Where(file => file.Exists).Sum(file => file.Length);

    private static DateTimeOffset? LatestOf(string segment) => SegmentIndex.Read(segment) is { Count: > 0 } blocks ? blocks.Max(block => block.Latest) : null;

    /// <summary>Each block becomes a gzip member of its own, so that a reader can begin at any; to gzip itself they are one file.</summary>
    private static void Compress(string segment, CancellationToken cancellationToken)
    {
        var path = Segment.CompressedPath(segment);
        var (blocks, buffer) = (new List<Block>(), new byte[SegmentIndex.BlockBytes + (1 << 20)]);
        using (var from = Segment.Open(segment))
        using (var to = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
        {
            foreach (var block in BlocksOf(segment))
            {
                cancellationToken.ThrowIfCancellationRequested();
                blocks.Add(block with { File = to.Position });
                if (buffer.Length < block.Length)
                {
                    buffer = new byte[block.Length];
                }

                from.ReadExactly(buffer, 0, (int)block.Length);
                using var gzip = new GZipStream(to, CompressionLevel.Optimal, leaveOpen: true);
                gzip.Write(buffer, 0, (int)block.Length);
            }

            to.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
        SegmentIndex.Write(path, blocks);
        JournalFile.SyncDirectory(Path.GetDirectoryName(path)!);
        File.Delete(segment);
        File.Delete(Segment.IndexPath(segment));
    }

    private static IEnumerable<Block> BlocksOf(string segment)
    {
        var block = default(Block?);
        foreach (var raw in JournalReader.Raw(segment, 0))
        {
            // A line that tells nothing of itself belongs to whatever stands around it: it is read with that.
            var head = LineHead.Of(raw.Bytes.Span);
            var (seq, at) = head is { } known ? (known.Seq, known.At) : (block?.LastSeq ?? 0, block?.Latest ?? DateTimeOffset.MinValue);
            block = block is { } open
                ? open with
                {
                    Length = raw.End - open.Start,
                    LastSeq = Math.Max(open.LastSeq, seq),
                    Earliest = at < open.Earliest ? at : open.Earliest,
                    Latest = at > open.Latest ? at : open.Latest,
                }
                : new Block(raw.Start, raw.End - raw.Start, raw.Start, seq, seq, at, at);
            if (block.Value.Length >= SegmentIndex.BlockBytes)
            {
                yield return block.Value;
                block = null;
            }
        }

        if (block is { } rest)
        {
            yield return rest;
        }
    }
}
