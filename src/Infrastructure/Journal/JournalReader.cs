using System.Runtime.CompilerServices;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>A line of a journal: the event, or why it is none.</summary>
/// <param name="Start">The offset of the line in the segment's text.</param>
/// <param name="End">The offset behind the line and its line feed.</param>
/// <param name="Hash">The line's hash where its bytes are as they were written; null where they are not.</param>
public sealed record JournalLine(string Segment, long Start, long End, ReadOnlyMemory<byte> Bytes, Envelope? Envelope, string? Hash, string? Problem);

/// <summary>Which events of a journal are wanted; what is not given is not asked for.</summary>
public sealed record JournalFilter
{
    public static JournalFilter All { get; } = new();

    /// <summary>The first seq.</summary>
    public long From { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>The names of the event types.</summary>
    public IReadOnlySet<string>? Types { get; init; }

    internal bool Wants(LineHead head) => head.Seq >= From && !(head.At < Since) && !(head.At > Until) && Types?.Contains(head.Type) is not false;

    public bool Wants(Envelope envelope) =>
        envelope.Seq >= From && !(envelope.At.Utc < Since) && !(envelope.At.Utc > Until) && Types?.Contains(envelope.Type) is not false;
}

/// <summary>Reads a journal line by line while somebody may be writing, compressing or dropping it; memory does not grow with it.</summary>
public static class JournalReader
{
    /// <summary>A line longer than this is damage, of which nothing is kept: no event is nearly so long.</summary>
    private const int MaxLineBytes = 1 << 20;

    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Every event that can be read, oldest first.</summary>
    public static IEnumerable<Envelope> Events(string directory, JournalFilter? filter = null) =>
        Events(Lines(directory, filter ?? JournalFilter.All));

    /// <summary>The lines that are wanted, and damaged ones among them; stretches that hold none are not opened.</summary>
    public static IEnumerable<JournalLine> Lines(string directory, JournalFilter filter)
    {
        var segments = Segment.Of(directory);
        for (var i = 0; i < segments.Count; i++)
        {
            var ends = i + 1 < segments.Count ? Segment.FirstSeq(segments[i + 1]) : long.MaxValue;
            foreach (var line in ends > filter.From ? Wanted(segments[i], filter) : [])
            {
                yield return line;
            }
        }
    }

    /// <summary>Every line of a segment, damaged ones too; a last line without its line feed is one that is being written, or torn.</summary>
    public static IEnumerable<JournalLine> Lines(string segment) => Raw(segment, 0).Where(raw => !SealLine.Is(raw.Bytes.Span)).Select(raw => Line(segment, raw));

    /// <summary>
    /// The few events that the state folds from as it was at the beginning of a segment, and all from there on: of the last segment that begins before a
    /// time, so that little is read; of the first where no time is given.
    /// </summary>
    /// <param name="types">The names of the event types that are wanted; all where none are given.</param>
    public static IEnumerable<Envelope> EventsFor(string directory, DateTimeOffset? time, IReadOnlySet<string>? types = null)
    {
        var segments = Segment.Of(directory);
        var first = segments.Count - 1;
        while (first > 0 && !(time is { } given && File.Exists(Segment.CarryPath(segments[first])) && BeginsBefore(segments[first], given)))
        {
            first--;
        }

        var filter = new JournalFilter { Types = types };
        return first < 0 ? [] : Carried(segments[first]).Where(filter.Wants).Concat(Events(segments.Skip(first).SelectMany(segment => Wanted(segment, filter))));
    }

    /// <summary>The events that matter of all that is before a segment.</summary>
    public static IEnumerable<Envelope> Carried(string segment)
    {
        var path = Segment.CarryPath(segment);
        return File.Exists(path) ? Events(Raw(path, 0).Select(raw => Line(path, raw))) : [];
    }

    /// <summary>The first seq that the journal holds; 1 for a journal that holds nothing yet.</summary>
    public static long FirstSeq(string directory) => Segment.Of(directory) is [var first, ..] ? Segment.FirstSeq(first) : 1;

    /// <summary>The hash of an event; null where the journal does not hold it.</summary>
    public static string? HashAt(string directory, long seq) =>
        Lines(directory, new JournalFilter { From = seq }).FirstOrDefault(line => line.Envelope?.Seq >= seq) is { } found && found.Envelope!.Seq == seq ? found.Hash : null;

    /// <summary>
    /// Every line from a seq on, and then each as it is written, until cancelled: all that is there at once, so many at
    /// the most. A line that is half written is waited for, and so is one past the last that is wanted yet.
    /// </summary>
    /// <param name="last">The last seq that is wanted by now, asked again and again; all if it is null.</param>
    public static async IAsyncEnumerable<IReadOnlyList<JournalLine>> FollowAsync(
        string directory,
        long from,
        int most,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        Func<long>? last = null)
    {
        string? segment = null;
        var (read, passed, batch) = (0L, 0L, new List<JournalLine>());
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

            var newer = segment is null ? null : segments.FirstOrDefault(one => Segment.FirstSeq(one) > Segment.FirstSeq(segment));
            var mustWait = false;
            foreach (var (end, known, line) in segment is null ? [] : Following(Segment.Now(segment), read, from))
            {
                cancellationToken.ThrowIfCancellationRequested();
                // What a damaged line says of itself is not believed: it is the next, or stands for the next few.
                var seq = known ?? passed + 1;
                mustWait = seq > until;
                if (mustWait)
                {
                    break;
                }

                (read, passed) = (end, Math.Max(passed, seq));
                if (line is not null && seq >= from)
                {
                    batch.Add(line);
                    if (batch.Count >= most)
                    {
                        yield return batch;
                        batch = [];
                    }
                }
            }

            if (newer is not null && !mustWait)
            {
                // The newer one was there before the older was read to its end: nothing can follow in the older.
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

    /// <summary>The lines of a segment, seals among them, from an offset of its text on.</summary>
    internal static IEnumerable<RawLine> Raw(string segment, long start)
    {
        using var stream = Segment.Open(segment, Segment.IsCompressed(segment) ? 0 : start);
        if (Segment.IsCompressed(segment))
        {
            Skip(stream, start);
        }

        foreach (var line in Raw(segment, stream, start, long.MaxValue))
        {
            yield return line;
        }
    }

    /// <summary>
    /// The whole lines of a segment from an offset on: where each ends, its seq unless it is damaged, and the line
    /// itself unless it begins as one before the seq does. If what was compressed cannot be read any more, its rest is
    /// one damaged line.
    /// </summary>
    private static IEnumerable<(long End, long? Seq, JournalLine? Line)> Following(string segment, long start,
        long from)
    {
        using var raws = Raw(segment, start).GetEnumerator();
        while (true)
        {
            string? problem = null;
            try
            {
                if (!raws.MoveNext())
                {
                    yield break;
                }
            }
            catch (IOException e) when (e.InnerException is InvalidDataException)
            {
                problem = e.Message;
            }

            if (problem is not null)
            {
                yield return (start, null, new JournalLine(segment, start, start, default, null, null, problem));
                yield break;
            }

            var raw = raws.Current;
            if (!raw.HasLineFeed)
            {
                yield break;
            }

            start = raw.End;
            if (SealLine.Is(raw.Bytes.Span))
            {
                continue;
            }

            if (LineHead.Of(raw.Bytes.Span) is { } head && head.Seq < from)
            {
                yield return (raw.End, head.Seq, null);
                continue;
            }

            var line = Line(segment, raw);
            yield return (raw.End, line.Hash is null ? null : line.Envelope?.Seq, line);
        }
    }

    private static IEnumerable<JournalLine> Wanted(string name, JournalFilter filter)
    {
        var segment = Segment.Now(name);
        var blocks = SegmentIndex.Read(segment);
        var raws = blocks is null ? Raw(segment, 0) : blocks.Where(block => block.MayHold(filter)).SelectMany(block => Raw(segment, block));
        foreach (var raw in raws)
        {
            var head = LineHead.Of(raw.Bytes.Span);
            if (SealLine.Is(raw.Bytes.Span) || (head is { } known && !filter.Wants(known)))
            {
                continue;
            }

            var line = Line(segment, raw);
            if (head is not null || line.Envelope is null || filter.Wants(line.Envelope))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<RawLine> Raw(string segment, Block block)
    {
        using var stream = Segment.Open(segment, block.File);
        foreach (var line in Raw(segment, stream, block.Start, block.Length))
        {
            yield return line;
        }
    }

    private static IEnumerable<RawLine> Raw(string segment, Stream stream, long start, long most)
    {
        var buffer = new byte[1 << 16];
        var (from, to, passed) = (0, 0, 0L);
        while (true)
        {
            var end = buffer.AsSpan(from, to - from).IndexOf((byte)'\n');
            if (end >= 0)
            {
                var length = passed + end + 1;
                yield return new RawLine(start, start + length, passed > 0 ? default : buffer.AsMemory(from, end), HasLineFeed: true);
                start += length;
                most -= length;
                from += end + 1;
                passed = 0;
                if (most <= 0)
                {
                    yield break;
                }

                continue;
            }

            if (to - from > MaxLineBytes)
            {
                passed += to - from;
                from = to;
            }

            buffer.AsSpan(from, to - from).CopyTo(buffer);
            (from, to) = (0, to - from);
            if (to == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = ReadSome(segment, stream, buffer.AsSpan(to));
            if (read == 0)
            {
                if (passed + to > 0)
                {
                    yield return new RawLine(start, start + passed + to, passed > 0 ? default : buffer.AsMemory(0, to), HasLineFeed: false);
                }

                yield break;
            }

            to += read;
        }
    }

    /// <exception cref="IOException">What is compressed is damaged.</exception>
    private static int ReadSome(string segment, Stream stream, Span<byte> buffer)
    {
        try
        {
            return stream.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw new IOException($"{segment}: it was compressed, and these bytes are not those that were written", e);
        }
    }

    private static void Skip(Stream stream, long count)
    {
        var buffer = new byte[1 << 16];
        while (count > 0 && stream.Read(buffer, 0, (int)Math.Min(count, buffer.Length)) is > 0 and var read)
        {
            count -= read;
        }
    }

    private static IEnumerable<Envelope> Events(IEnumerable<JournalLine> lines) => lines.Where(line => line.Envelope is not null).Select(line => line.Envelope!);

    private static bool BeginsBefore(string segment, DateTimeOffset time) =>
        Raw(segment, 0).Select(raw => LineHead.Of(raw.Bytes.Span)).FirstOrDefault(head => head is not null) is { } first && first.At <= time;

    private static JournalLine Line(string segment, RawLine raw)
    {
        var hash = raw.HasLineFeed ? HashChain.Verify(raw.Bytes.Span) : null;
        var bytes = raw.Bytes.ToArray();
        try
        {
            return new JournalLine(
                segment, raw.Start, raw.End, bytes, EventCodec.Read(bytes), hash, hash is null ? "its bytes are not those that were written" : null);
        }
        catch (FormatException e)
        {
            return new JournalLine(segment, raw.Start, raw.End, bytes, null, null, e.Message);
        }
    }
}

/// <summary>A line as it stands there. Its bytes are those of a buffer that the next line overwrites: who keeps them copies them.</summary>
/// <param name="Bytes">Nothing where it is too long to be a line.</param>
internal readonly record struct RawLine(long Start, long End, ReadOnlyMemory<byte> Bytes, bool HasLineFeed);
