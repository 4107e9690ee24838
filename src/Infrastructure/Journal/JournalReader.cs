using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// Reads a journal line by line while somebody may be writing, compressing or dropping it; memory does not grow with
/// it. No line and no file ends a reading: what is damaged, edited or gone is among the lines with its problem, and the
/// next one follows.
/// </summary>
public static class JournalReader
{
    /// <summary>
    /// The problem of a segment that went while it was to be read: no damage, and not there the next time.
    /// </summary>
    public const string Dropped = "the retention dropped it while the journal was being read; ask again";

    /// <summary>Longer than the keeper needs from deleting the one file of a segment to deleting the other.</summary>
    private static readonly TimeSpan DroppingTakes = TimeSpan.FromMilliseconds(50);

    /// <summary>A daemon writes a journal there, or wrote one.</summary>
    public static bool IsJournal(string directory) =>
        Segment.Of(directory).Count > 0 || File.Exists(Segment.LockPath(directory));

    /// <summary>Every event that can be read, oldest first.</summary>
    public static IEnumerable<Envelope> Events(string directory, JournalFilter? filter = null) =>
        Events(Lines(directory, filter ?? JournalFilter.All));

    /// <summary>
    /// The lines that are wanted, and damaged ones among them; stretches that hold none are not opened.
    /// </summary>
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
    /// Every line of a segment, damaged ones too; a last line without its line feed is one that is being written, or
    /// torn.
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
    /// The few events that the state folds from as it was at the beginning of a segment, and all from there on: of the
    /// last segment that begins before a time, so that little is read; of the first when no time is given. Damaged
    /// lines are among them.
    /// </summary>
    /// <param name="types">The names of the event types that are wanted; all when none are given.</param>
    /// <param name="until">Events after it are not wanted.</param>
    public static IEnumerable<JournalLine> LinesFor(
        string directory, DateTimeOffset? time, IReadOnlySet<string>? types = null, DateTimeOffset? until = null)
    {
        var (segments, filter) = (Segment.Of(directory), new JournalFilter { Types = types, Until = until });
        var first = time is { } given ? LastBefore(segments, given) : 0;

        // What is carried stands for all that is before: at the beginning, and again when segments were dropped on the
        // way.
        var (seq, isCarried, hasBegun) = (0L, true, false);
        for (var i = first; i < segments.Count; i++)
        {
            using var text = SegmentText.Open(segments[i]);
            // Of the segment that the time lies in, only what is near it.
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
    /// The lines of one segment that are wanted, damaged ones among them; before them, when that is asked for, those
    /// that are carried into it.
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

    /// <summary>The first seq that the journal holds; 1 for a journal that holds nothing yet.</summary>
    public static long FirstSeq(string directory) =>
        Segment.Of(directory) is [var first, ..] ? Segment.FirstSeq(first) : 1;

    /// <summary>The hash of an event; null when the journal does not hold it.</summary>
    public static string? HashAt(string directory, long seq)
    {
        var lines = Lines(directory, new JournalFilter { From = seq });
        var found = lines.FirstOrDefault(line => line.Envelope?.Seq >= seq);
        return found?.Envelope!.Seq == seq ? found.Hash : null;
    }

    /// <summary>The lines carried into a sealed segment.</summary>
    internal static IEnumerable<JournalLine> CarriedInto(string segment) => Carried(segment, 0) ?? [];

    /// <summary>
    /// The last block of a segment that begins before a time, and the lines that matter where it begins; null when the
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

    /// <summary>The lines carried into a segment, from a seq on; null when the segment is being dropped.</summary>
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
            // The first segment of all has none. Of another it goes right before the segment does.
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
    /// The last segment that begins before a time and has beside it what is carried into it; else the first.
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
