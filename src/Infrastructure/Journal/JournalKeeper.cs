using System.IO.Compression;
using GaleraGate.Domain;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// How much of a journal is kept. When either limit is reached, whole sealed segments are deleted, oldest first.
/// </summary>
/// <param name="MaxBytes">The total size of all files on disk.</param>
/// <param name="MaxAge">How long the host may have run since the last event of a segment; null for no limit.</param>
public sealed record JournalRetention(long MaxBytes, TimeSpan? MaxAge);

/// <summary>A segment that was deleted.</summary>
/// <param name="Unshipped">The archive did not have it yet: these events are lost.</param>
public sealed record DroppedSegment(string Path, long First, long Last, bool Unshipped);

/// <summary>
/// Maintains sealed segments, away from the writer: deletes them according to the retention, compresses all but the
/// newest sealed one, and writes indexes. It never touches the last segment, which is being written.
/// </summary>
public static class JournalKeeper
{
    /// <summary>
    /// Beyond this multiple of the retention's size, segments are deleted even if the archive lacks them.
    /// </summary>
    public const int HardCap = 2;

    /// <summary>
    /// Deletes what exceeds the limits, one segment at a time. It needs no free space, because it must work on a full
    /// disk.
    /// </summary>
    /// <param name="shipped">The last seq that a configured archive has, 0 while unknown; null without an
    /// archive.</param>
    /// <param name="written">The last seq on disk: a segment stays until the next one has an event.</param>
    /// <param name="ran">How long the host has run by now. Ages are differences of this value, never of wall clocks, so
    /// a clock that jumps deletes nothing.</param>
    public static IEnumerable<DroppedSegment> Drop(
        string directory, JournalRetention retention, long? shipped, long written, RunningTime ran)
    {
        var segments = Segment.Of(directory);
        var files = Directory.GetFiles(directory).ToLookup(Segment.SeqInName);
        if (segments.Count > 0)
        {
            // Left over from a crash while a segment was being deleted.
            Delete(files.Where(of => of.Key < Segment.FirstSeq(segments[0])).SelectMany(of => of));
        }

        var total = segments.Sum(SizeOf);
        for (var i = 0; i + 1 < segments.Count; i++)
        {
            var (first, next) = (Segment.FirstSeq(segments[i]), Segment.FirstSeq(segments[i + 1]));
            var age = ran.Total - (SegmentStart.Ran(segments[i + 1])?.Total ?? TimeSpan.Zero);
            var unshipped = next - 1 > shipped;
            if (next > written
                || (total <= retention.MaxBytes && !(age > retention.MaxAge))
                || (unshipped && total <= HardCap * retention.MaxBytes))
            {
                yield break;
            }

            total -= SizeOf(segments[i]);
            // The segment goes first; files left over after a crash are deleted the next time.
            Delete(files[first].OrderByDescending(file => file.StartsWith(segments[i], StringComparison.Ordinal)));
            yield return new DroppedSegment(segments[i], first, next - 1, unshipped);
        }

        long SizeOf(string segment) =>
            files[Segment.FirstSeq(segment)].Select(path => new FileInfo(path)).Where(file => file.Exists)
                .Sum(file => file.Length);
    }

    /// <summary>
    /// Compresses segments and creates missing indexes and summaries. It can be interrupted and repeated at any point.
    /// A segment that cannot be compressed does not block the others.
    /// </summary>
    /// <exception cref="IOException">The first failure.</exception>
    public static void Compress(string directory, CancellationToken cancellationToken)
    {
        var segments = Segment.Of(directory);
        var failures = new List<Exception>();
        foreach (var segment in segments.SkipLast(1).Where(segment => !Segment.IsCompressed(segment)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (segment != segments[^2])
                {
                    CompressOne(segment, cancellationToken);
                }
                else if (SegmentIndex.Read(segment) is null)
                {
                    SegmentIndex.Write(segment, BlocksOf(segment));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failures.Add(e);
            }
        }

        try
        {
            JournalSummaries.Make(directory, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failures.Add(e);
        }

        if (failures.Count > 0)
        {
            throw new IOException(failures[0].Message, failures[0]);
        }
    }

    private static void Delete(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            File.Delete(file);
        }
    }

    /// <summary>
    /// Each block becomes a separate gzip member, so a reader can start at any of them; gzip itself sees one file.
    /// </summary>
    private static void CompressOne(string segment, CancellationToken cancellationToken)
    {
        var path = Segment.CompressedPath(segment);
        var (blocks, buffer) = (new List<Block>(), new byte[SegmentIndex.BlockBytes + (1 << 20)]);
        JournalDisk.Replace(path, to =>
        {
            using var from = Segment.Open(segment);
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
        });
        SegmentIndex.Write(path, blocks);
        JournalDisk.SyncDirectory(Path.GetDirectoryName(path)!);
        File.Delete(segment);
        File.Delete(Segment.IndexPath(segment));
    }

    /// <summary>
    /// A line without a readable head, such as the seal, belongs to the block before it and is read with that.
    /// </summary>
    private static IEnumerable<Block> BlocksOf(string segment)
    {
        var block = default(Block?);
        foreach (var raw in RawLines.OfFile(segment))
        {
            var head = LineHead.Of(raw.Bytes.Span);
            if (head is not null && block is { Length: >= SegmentIndex.BlockBytes } full)
            {
                yield return full;
                block = null;
            }

            var (seq, at) = head is { } known
                ? (known.Seq, known.At)
                : (block?.LastSeq ?? 0, block?.Latest ?? DateTimeOffset.MinValue);
            block = block is { } open
                ? open with
                {
                    Length = raw.End - open.Start,
                    LastSeq = Math.Max(open.LastSeq, seq),
                    Earliest = at < open.Earliest ? at : open.Earliest,
                    Latest = at > open.Latest ? at : open.Latest,
                }
                : new Block(raw.Start, raw.End - raw.Start, raw.Start, seq, seq, at, at);
        }

        if (block is { } rest)
        {
            yield return rest;
        }
    }
}
