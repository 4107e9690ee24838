using System.Runtime.CompilerServices;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>Reads a journal to its end and then follows it.</summary>
public static class JournalTail
{
    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Every line from a seq on, and then each new one as it is written, until cancelled, in batches up to a limit. An
    /// incomplete line is waited for, and so is a line beyond the last wanted seq.
    /// </summary>
    /// <param name="last">The last seq that may be read now, evaluated repeatedly; null for all.</param>
    public static async IAsyncEnumerable<IReadOnlyList<JournalLine>> FollowAsync(
        string directory,
        long from,
        int most,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        Func<long>? last = null)
    {
        string? segment = null;
        var (read, passed, damaged, batch) = (0L, 0L, (string?)null, new List<JournalLine>());
        while (true)
        {
            var until = last?.Invoke() ?? long.MaxValue;
            var segments = Segment.Of(directory);
            var begins = segments.LastOrDefault(one => Segment.FirstSeq(one) <= from)
                ?? (segments.Count > 0 ? segments[0] : null);
            if (segment is null && begins is not null)
            {
                (segment, passed) = (begins, Segment.FirstSeq(begins) - 1);
            }

            var newer = segment is null
                ? null
                : segments.FirstOrDefault(one => Segment.FirstSeq(one) > Segment.FirstSeq(segment));
            var mustWait = false;
            foreach (var raw in segment is null ? [] : SegmentReader.Tail(segment, read))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (raw.Damage is not null && damaged != segment)
                {
                    damaged = segment;
                    batch.Add(SegmentReader.Line(segment!, raw));
                }

                if (!raw.HasLineFeed)
                {
                    break;
                }

                var isBefore = LineHead.Of(raw.Bytes.Span) is { } head && head.Seq < from;
                if (isBefore || SealLine.Is(raw.Bytes.Span))
                {
                    read = raw.End;
                    continue;
                }

                // Do not trust the seq in a damaged line: it is the next one, or replaces the next few.
                var line = SegmentReader.Line(segment!, raw);
                var seq = (line.Hash is null ? null : line.Envelope?.Seq) ?? Math.Max(passed, from - 1) + 1;
                mustWait = seq > until;
                if (mustWait)
                {
                    break;
                }

                (read, passed) = (raw.End, Math.Max(passed, seq));
                batch.Add(line);
                if (batch.Count >= most)
                {
                    yield return batch;
                    batch = [];
                }
            }

            if (newer is not null && !mustWait)
            {
                // The newer segment existed before the older one was read to its end, so the older one is complete.
                (segment, read, passed) = (newer, 0, Segment.FirstSeq(newer) - 1);
                continue;
            }

            if (batch.Count > 0)
            {
                yield return batch;
                batch = [];
            }

            await Task.Delay(FollowEvery, time, cancellationToken);
        }
    }
}
