using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// Summaries of a whole journal. Sealed segments are summarized from the files beside them; only the last segment, and
/// those without such a file, are read.
/// </summary>
public static class JournalSummaries
{
    private static readonly JournalFilter OfClosures = OfTypes(Failovers.Types);

    private static readonly JournalFilter OfNotes = OfTypes([EventNames.OfType(typeof(Annotated))]);

    /// <summary>The closures that ended, and the fold at the end; null for a journal without events.</summary>
    /// <param name="report">Called for each line that was modified after it was written.</param>
    public static (IReadOnlyList<Closure> Ended, ClosureState? End) Closures(
        string directory, Action<JournalLine> report)
    {
        var read = Read(directory, OfClosures, report);
        return (read.Ended, read.End.Closures);
    }

    /// <summary>The samples, and the fold at the end.</summary>
    /// <param name="report">Called for each line that was modified after it was written.</param>
    public static (IReadOnlyList<Sample> Samples, RecordState End) Samples(
        string directory, Action<JournalLine> report)
    {
        var read = Read(directory, JournalFilter.All, report);
        return (read.Samples, read.End);
    }

    /// <summary>Notes that people wrote about events.</summary>
    /// <param name="report">Called for each line that was modified after it was written.</param>
    public static IReadOnlyList<Envelope> Notes(string directory, Action<JournalLine> report) =>
        Read(directory, OfNotes, report).Notes;

    /// <summary>
    /// Creates missing files. That of a segment with a modified line holds nothing, so that every reader reads the
    /// segment and notices the modification.
    /// </summary>
    public static void Make(string directory, CancellationToken cancellationToken)
    {
        var sealedOnes = Segment.Of(directory).SkipLast(1).ToList();
        if (sealedOnes.All(HasBoth))
        {
            return;
        }

        var end = RecordState.None;
        for (var i = 0; i < sealedOnes.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var segment = sealedOnes[i];
            if (!HasBoth(segment))
            {
                Write(segment, isFirst: i == 0, end);
            }

            end = (SegmentSummary.Read(segment)
                ?? Fold(segment, isLast: false, isFirst: i == 0, end, JournalFilter.All, _ => { })).End;
        }
    }

    private static void Write(string segment, bool isFirst, RecordState begin)
    {
        if (Sum(segment, isFirst, begin) is { } made)
        {
            made.Summary.Write(segment);
            SegmentStates.Write(segment, made.States);
        }
        else
        {
            SegmentSummary.WriteNone(segment);
            SegmentStates.Write(segment, []);
        }
    }

    private static bool HasBoth(string segment) => SegmentSummary.Has(segment) && SegmentStates.Has(segment);

    private static SegmentSummary Read(string directory, JournalFilter filter, Action<JournalLine> report)
    {
        var (ended, samples, notes) = (new List<Closure>(), new List<Sample>(), new List<Envelope>());
        var end = RecordState.None;
        var segments = Segment.Of(directory);
        var summaries = segments.SkipLast(1).Select(one => Task.Run(() => SegmentSummary.Read(one))).ToList();
        for (var i = 0; i < segments.Count; i++)
        {
            var isLast = i + 1 == segments.Count;
            var one = (isLast ? null : summaries[i].GetAwaiter().GetResult())
                ?? Fold(segments[i], isLast, i == 0, end, filter, report);
            ended.AddRange(one.Ended);
            samples.AddRange(one.Samples);
            notes.AddRange(one.Notes);
            end = one.End;
        }

        return new SegmentSummary(ended, samples, notes, end);
    }

    private static SegmentSummary Fold(
        string segment,
        bool isLast,
        bool isFirst,
        RecordState begin,
        JournalFilter filter,
        Action<JournalLine> report)
    {
        var fold = new RecordFold(begin);
        foreach (var line in JournalReader.LinesOf(segment, isLast, withCarried: isFirst, filter))
        {
            if (line.Problem is not null)
            {
                report(line);
            }

            if (line.Envelope is { } envelope)
            {
                fold.Take(envelope);
            }
        }

        return SummaryOf(fold);
    }

    private static SegmentSummary SummaryOf(RecordFold fold) => new(fold.Ended, fold.Samples, fold.Notes, fold.State);

    private static JournalFilter OfTypes(IEnumerable<string> types) =>
        new() { Types = types.ToHashSet(StringComparer.Ordinal) };

    /// <summary>The contents for the files of a sealed segment; null if one of its lines was modified.</summary>
    private static (SegmentSummary Summary, List<(Block Block, IReadOnlyList<byte[]> Lines)> States)? Sum(
        string segment, bool isFirst, RecordState begin)
    {
        var (fold, carry) = (new RecordFold(begin), new Carry<byte[]>());
        var (states, blocks) = (new List<(Block, IReadOnlyList<byte[]>)>(), SegmentIndex.Read(segment) ?? []);
        var next = 1;
        var carried = JournalReader.CarriedInto(segment).ToList();
        foreach (var (line, isCarried) in carried.Select(line => (line, true)).Concat(
            JournalReader.LinesOf(segment, isLast: false, withCarried: false, JournalFilter.All)
                .Select(line => (line, false))))
        {
            if (line.Problem is not null || line.Envelope is not { } envelope)
            {
                return null;
            }

            while (!isCarried && next < blocks.Count && line.Start >= blocks[next].Start)
            {
                states.Add((blocks[next++], [.. carry.Items]));
            }

            carry.Take(envelope, line.Bytes.ToArray());
            if (!isCarried || isFirst)
            {
                fold.Take(envelope);
            }
        }

        return (SummaryOf(fold), states);
    }
}
