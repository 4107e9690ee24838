using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>What a writer needs to know about the segments before the last one.</summary>
internal static class EarlierSegments
{
    /// <summary>
    /// Reads the carried events from the segments before the last one, and the point where the chain continues. Both
    /// are in one file beside the last segment. If that is missing, or the journal is of an older version, the earlier
    /// segments are read instead.
    /// </summary>
    /// <param name="carry">Receives a line and returns its event; null for a damaged one.</param>
    public static JournalHead HeadOf(string directory, Func<ReadOnlyMemory<byte>, Envelope?> carry)
    {
        var segments = Segment.Of(directory);
        var first = segments.Count - 1;
        while (first > 0 && !File.Exists(Segment.CarryPath(segments[first])))
        {
            first--;
        }

        var ran = segments.Reverse().Select(SegmentStart.Ran).FirstOrDefault(time => time is not null) ?? default;
        var head = JournalHead.None with { Seq = Segment.FirstSeq(segments[first]) - 1, Ran = ran };
        foreach (var raw in SegmentStart.Lines(segments[first])
            .Concat(segments.Skip(first).SkipLast(1).SelectMany(Lines)))
        {
            if (HashChain.Verify(raw.Bytes.Span) is not { } hash)
            {
                continue;
            }

            if (SealLine.Is(raw.Bytes.Span))
            {
                head = SealLine.Read(raw.Bytes) is { } seal && seal.Last == head.Seq
                    ? new JournalHead(seal.Last, seal.Prev, seal.Ran ?? head.Ran)
                    : head;
            }
            else if (carry(raw.Bytes) is { } envelope && envelope.Seq > head.Seq)
            {
                head = new JournalHead(envelope.Seq, hash, head.Ran.At(envelope.At));
            }
        }

        // An older version wrote no seal there. While the last segment has no event, the hash is in the segment before.
        if (head.Hash == HashChain.Genesis && first > 0 && Hashes(segments[^1]).All(hash => hash is null))
        {
            var last = Hashes(segments[first - 1]).LastOrDefault(hash => hash is not null);
            head = head with { Hash = last ?? HashChain.Genesis };
        }

        return head;
    }

    /// <summary>The first seq after a sealed and compressed segment.</summary>
    /// <exception cref="IOException">It has no seal.</exception>
    public static long NextSeq(string sealedSegment) =>
        RawLines.OfFile(sealedSegment).Where(raw => SealLine.Is(raw.Bytes.Span))
            .Select(raw => SealLine.Read(raw.Bytes)).LastOrDefault()?.Last + 1
            ?? throw new IOException($"{sealedSegment} is compressed and has no seal: it is damaged");

    private static IEnumerable<RawLine> Lines(string segment) =>
        RawLines.OfFile(segment).Where(raw => raw.HasLineFeed);

    /// <summary>The hash of each line; for a seal the hash that it seals; null for a line that was changed.</summary>
    private static IEnumerable<string?> Hashes(string segment) => Lines(segment).Select(
        raw => SealLine.Is(raw.Bytes.Span) ? HashChain.Prev(raw.Bytes.Span) : HashChain.Verify(raw.Bytes.Span));
}
