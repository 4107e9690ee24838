using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// Reads a journal line by line, even while it is being written, compressed or deleted. Memory use does not grow with
/// its size. A damaged line or file does not stop the reading: it is returned as a line with its problem, and reading
/// continues after it.
/// </summary>
public static class JournalReader
{
    /// <summary>
    /// The problem of a segment that was deleted before it could be read. It is not damage, and is gone the next time.
    /// </summary>
    public const string Dropped = "the retention dropped it while the journal was being read; ask again";

    /// <summary>Longer than the keeper needs between deleting one file of a segment and deleting the other.</summary>
    private static readonly TimeSpan DroppingTakes = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether a daemon writes, or has written, a journal in the directory.</summary>
    public static bool IsJournal(string directory) =>
        Segment.Of(directory).Count > 0 || File.Exists(Segment.LockPath(directory));

    /// <summary>Every readable event, oldest first.</summary>
    public static IEnumerable<Envelope> Events(string directory, JournalFilter? filter = null) =>
        Events(Lines(directory, filter ?? JournalFilter.All));

    /// <summary>The lines that match, and damaged ones among them. Blocks without a match are not opened.</summary>
    public static IEnumerable<JournalLine> Lines(string directory, JournalFilter filter)
    {
        var (segments, hasBegun) = (Segment.Of(directory), false);
        for (var i = 0; i < segments.Count; i++)
        {
            var isLast = i + 1 == segments.Count;
            if (!isLast && Segment.FirstSeq(segments[i + 1]) <= filter.From)
            {
                continue;
            }

            using var text = SegmentText.Open(segments[i]);
            if (text is null)
            {
                if (hasBegun)
                {
                    yield return SegmentReader.Broken(segments[i], 0, Dropped);
                }

                continue;
            }

            hasBegun = true;
            foreach (var line in SegmentReader.Wanted(text, isLast, filter))
            {
                yield return line;
            }
        }
    }

    /// <summary>
    /// Every line of a segment, including damaged ones. A last line without its line feed is being written, or torn.
    /// </summary>
    public static IEnumerable<JournalLine> Lines(string segment)
    {
        using var text = SegmentText.Open(segment) ?? throw new FileNotFoundException($"{segment} is gone", segment);
        foreach (var raw in text.Lines().Where(raw => !SealLine.Is(raw.Bytes.Span)))
        {
            yield return SegmentReader.Line(segment, raw);
        }
    }

    /// <summary>The events of <see cref="LinesFor"/>.</summary>
    public static IEnumerable<Envelope> EventsFor(
        string directory, DateTimeOffset? time, IReadOnlySet<string>? types = null) =>
        Events(LinesFor(directory, time, types));

    /// <summary>
    /// The carried events that give the state at the beginning of a segment, followed by all events from there on. The
    /// segment is the last one that begins before a time, so that little is read; without a time it is the first.
    /// Damaged lines are included.
    /// </summary>
    /// <param name="types">The names of the event types to return; null for all.</param>
    /// <param name="until">Leave out events after this time.</param>
    public static IEnumerable<JournalLine> LinesFor(
        string directory, DateTimeOffset? time, IReadOnlySet<string>? types = null, DateTimeOffset? until = null)
    {
        var (segments, filter) = (Segment.Of(directory), new JournalFilter { Types = types, Until = until });
        var first = time is { } given ? LastBefore(segments, given) : 0;

        // Carried events replace all earlier ones: at the beginning, and again if segments were deleted while reading.
        var (seq, isCarried, hasBegun) = (0L, true, false);
        for (var i = first; i < segments.Count; i++)
        {
            using var text = SegmentText.Open(segments[i]);
            // In the segment that contains the time, read only near it.
            var begin = text is not null && i == first && time is { } moment ? Begin(text, moment) : null;
            var carried = text is null ? null : begin is not null ? begin.Value.Carried
                : isCarried ? Carried(segments[i], seq) : [];
            if (text is null || carried is null)
            {
                isCarried = true;
                if (hasBegun)
                {
                    yield return SegmentReader.Broken(segments[i], 0, Dropped);
                }

                continue;
            }

            var from = begin is null ? filter : filter with { From = begin.Value.From };
            foreach (var line in carried.Where(line => line.Envelope is not { } one || filter.Wants(one))
                .Concat(SegmentReader.Wanted(text, i + 1 == segments.Count, from)))
            {
                seq = Math.Max(seq, line.Envelope?.Seq ?? 0);
                yield return line;
            }

            (isCarried, hasBegun) = (false, true);
        }
    }

    /// <summary>
    /// The matching lines of one segment, with damaged ones among them; on request, preceded by the events carried into
    /// it.
    /// </summary>
    internal static IEnumerable<JournalLine> LinesOf(
        string segment, bool isLast, bool withCarried, JournalFilter filter)
    {
        using var text = SegmentText.Open(segment);
        var carried = text is null ? null : withCarried ? Carried(segment, 0) : [];
        if (text is null || carried is null)
        {
            yield return SegmentReader.Broken(segment, 0, Dropped);
            yield break;
        }

        foreach (var line in carried.Where(line => line.Envelope is not { } one || filter.Wants(one))
            .Concat(SegmentReader.Wanted(text, isLast, filter)))
        {
            yield return line;
        }
    }

    /// <summary>The first seq that the journal holds; 1 for a journal without events.</summary>
    public static long FirstSeq(string directory) =>
        Segment.Of(directory) is [var first, ..] ? Segment.FirstSeq(first) : 1;

    /// <summary>The hash of an event; null if the journal does not hold it.</summary>
    public static string? HashAt(string directory, long seq)
    {
        var lines = Lines(directory, new JournalFilter { From = seq });
        var found = lines.FirstOrDefault(line => line.Envelope?.Seq >= seq);
        return found?.Envelope!.Seq == seq ? found.Hash : null;
    }

    /// <summary>The lines carried into a sealed segment.</summary>
    internal static IEnumerable<JournalLine> CarriedInto(string segment) => Carried(segment, 0) ?? [];

    /// <summary>
    /// The last block of a segment that begins before a time, and the carried lines at its beginning; null if the
    /// segment must be read from its beginning.
    /// </summary>
    private static (long From, List<JournalLine> Carried)? Begin(SegmentText text, DateTimeOffset time)
    {
        var block = text.Index?.Skip(1).LastOrDefault(block => block.Earliest <= time) ?? default;
        return block.Length > 0 && SegmentStates.Before(text.Path, block) is { } lines
            ? (block.FirstSeq,
                [.. lines.Select(line => SegmentReader.Line(text.Path, new RawLine(0, 0, line, HasLineFeed: true)))])
            : null;
    }

    /// <summary>The lines carried into a segment, from a seq on; null if the segment is being deleted.</summary>
    private static List<JournalLine>? Carried(string segment, long after)
    {
        var path = Segment.CarryPath(segment);
        try
        {
            // The last line is the seal of the segment before.
            var lines = RawLines.OfFile(path).Where(raw => !SealLine.Is(raw.Bytes.Span));
            return
            [
                .. lines.Select(raw => SegmentReader.Line(path, raw)).Where(line => !(line.Envelope?.Seq <= after)),
            ];
        }
        catch (FileNotFoundException)
        {
            // The very first segment has no such file. That of any other segment is deleted just before the segment.
            if (Segment.FirstSeq(segment) > 1)
            {
                Thread.Sleep(DroppingTakes);
            }

            return Segment.Forms(segment).Any(File.Exists) ? [] : null;
        }
        catch (IOException e)
        {
            return [SegmentReader.Broken(path, 0, e.Message)];
        }
    }

    private static IEnumerable<Envelope> Events(IEnumerable<JournalLine> lines) =>
        lines.Where(line => line.Envelope is not null).Select(line => line.Envelope!);

    /// <summary>
    /// The last segment that begins before a time and has its carried events beside it; else the first.
    /// </summary>
    private static int LastBefore(IReadOnlyList<string> segments, DateTimeOffset time)
    {
        var i = segments.Count - 1;
        while (i > 0 && !(File.Exists(Segment.CarryPath(segments[i])) && BeginsBefore(segments[i], time)))
        {
            i--;
        }

        return Math.Max(0, i);
    }

    private static bool BeginsBefore(string segment, DateTimeOffset time)
    {
        var heads = SegmentReader.Tail(segment, 0).Select(raw => LineHead.Of(raw.Bytes.Span));
        return heads.FirstOrDefault(head => head is not null) is { } first && first.At <= time;
    }
}
