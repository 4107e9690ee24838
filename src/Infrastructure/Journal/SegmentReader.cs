using GaleraGate.Infrastructure.Json;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>Turns the text of a segment into journal lines, each with its problem if it has one.</summary>
internal static class SegmentReader
{
    internal const string NotAsWritten = "it was modified after it was written: its hash does not match";
    private const string SealIsMissing = "its seal is missing: its end was cut off";

    private const string DoesNotFollow =
        "it does not follow the line before it: one of the two was changed, or a line between them is gone";

    /// <summary>
    /// The lines of a segment from an offset on; if it was deleted, one line with that as its damage.
    /// </summary>
    public static IEnumerable<RawLine> Tail(string segment, long start)
    {
        using var text = SegmentText.Open(segment);
        var gone = new RawLine(start, start, default, HasLineFeed: false, JournalReader.Dropped);
        foreach (var line in text?.Lines(start) ?? [gone])
        {
            yield return line;
        }
    }

    /// <summary>The matching lines, and damaged ones among them.</summary>
    /// <param name="isLast">It is the segment that is being written.</param>
    public static IEnumerable<JournalLine> Wanted(SegmentText text, bool isLast, JournalFilter filter) =>
        Candidates(text, isLast, filter).SelectAhead(one => one.Read(filter)).OfType<JournalLine>();

    /// <summary>
    /// The lines that may match, with their own copy of the bytes, and what is wrong with their place. For some, only
    /// parsing the JSON shows whether they match.
    /// </summary>
    private static IEnumerable<Candidate> Candidates(SegmentText text, bool isLast, JournalFilter filter)
    {
        var blocks = text.Index?.Where(block => block.MayHold(filter)).ToList();
        var (before, end, isWhole) = (new HashBefore(), 0L, blocks is not null || isLast);
        foreach (var raw in blocks is null ? text.Lines() : blocks.SelectMany(text.Lines))
        {
            var (follows, isSeal) = (before.IsFollowedBy(raw), SealLine.Is(raw.Bytes.Span));
            (end, isWhole) = (raw.End, isWhole || isSeal || raw.Damage is not null);
            var head = LineHead.Of(raw.Bytes.Span);
            var isBeingWritten = isLast && !raw.HasLineFeed && raw.Damage is null;
            if (isBeingWritten || isSeal || (head is { } known && !MayWant(filter, known, raw)))
            {
                continue;
            }

            yield return new Candidate(
                text.Path, Copy(raw), follows ? null : DoesNotFollow, head is not null && !filter.Caused);
        }

        if (!isWhole)
        {
            var missing = new RawLine(end, end, default, HasLineFeed: false, SealIsMissing);
            yield return new Candidate(text.Path, missing, null, IsWanted: true);
        }
    }

    /// <summary>False for a line that certainly does not match, which need not be parsed as JSON.</summary>
    private static bool MayWant(JournalFilter filter, LineHead head, RawLine raw) =>
        filter.Wants(head) && (!filter.Caused || raw.Bytes.Span.IndexOf(",\"cause\":"u8) >= 0);

    /// <summary>A placeholder for a section that cannot be read.</summary>
    public static JournalLine Broken(string file, long start, string problem) =>
        new(file, start, start, default, null, null, problem);

    /// <param name="doubt">What is wrong with its place; null if nothing is, or if it was not checked.</param>
    public static JournalLine Line(string segment, RawLine raw, string? doubt = null) =>
        Kept(segment, Copy(raw), doubt);

    private static RawLine Copy(RawLine raw) => raw with { Bytes = raw.Bytes.ToArray() };

    /// <summary>The line of bytes that are its own copy.</summary>
    private static JournalLine Kept(string segment, RawLine raw, string? doubt)
    {
        if (raw.Damage is { } damage)
        {
            return Broken(segment, raw.Start, damage);
        }

        var hash = raw.HasLineFeed ? HashChain.Verify(raw.Bytes.Span) : null;
        var problem = hash is null ? NotAsWritten : doubt;
        try
        {
            var envelope = EventCodec.Read(raw.Bytes);
            envelope = problem is null ? envelope : envelope with { Doubt = problem };
            return new JournalLine(segment, raw.Start, raw.End, raw.Bytes, envelope, hash, problem);
        }
        catch (FormatException e)
        {
            return new JournalLine(segment, raw.Start, raw.End, raw.Bytes, null, null, e.Message);
        }
    }

    /// <summary>A line before it is parsed as JSON.</summary>
    /// <param name="IsWanted">It certainly matches.</param>
    private sealed record Candidate(string Segment, RawLine Raw, string? Doubt, bool IsWanted)
    {
        /// <summary>Null if it does not match.</summary>
        public JournalLine? Read(JournalFilter filter)
        {
            var line = Kept(Segment, Raw, Doubt);
            return IsWanted || line.Envelope is not { } envelope || filter.Wants(envelope) ? line : null;
        }
    }

    /// <summary>The hash that the line before names as its own, if that line was read.</summary>
    private sealed class HashBefore
    {
        private readonly byte[] _hash = new byte[HashChain.Genesis.Length];
        private long _end = -1;

        /// <summary>False only if the line follows directly and names another hash.</summary>
        public bool IsFollowedBy(RawLine raw)
        {
            var named = HashChain.Named(raw.Bytes.Span);
            var follows = raw.Start != _end || named.IsEmpty || HashChain.Follows(raw.Bytes.Span, _hash);
            _end = named.IsEmpty || SealLine.Is(raw.Bytes.Span) ? -1 : raw.End;
            named.CopyTo(_hash);
            return follows;
        }
    }
}
