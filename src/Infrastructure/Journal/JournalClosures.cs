using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The closures of a whole journal: of sealed segments from the files beside them, so that only the last segment, and
/// those that have no such file, are read.
/// </summary>
public static class JournalClosures
{
    private static readonly JournalFilter Filter = new()
    {
        Types = Failovers.Types.ToHashSet(StringComparer.Ordinal),
    };

    /// <summary>Those that ended, and how things stand at the end; null for a journal without an event.</summary>
    /// <param name="report">Takes each line that is not as it was written.</param>
    public static (IReadOnlyList<Closure> Ended, ClosureState? End) Read(string directory, Action<JournalLine> report)
    {
        var (ended, end) = (new List<Closure>(), (ClosureState?)null);
        var segments = Segment.Of(directory);
        for (var i = 0; i < segments.Count; i++)
        {
            var isLast = i + 1 == segments.Count;
            var one = (isLast ? null : SegmentClosures.Read(segments[i]))
                ?? Fold(segments[i], isLast, i == 0, end, report);
            ended.AddRange(one.Ended);
            end = one.End ?? end;
        }

        return (ended, end);
    }

    /// <summary>
    /// Makes the files that are missing. A segment with a line that is not as it was written gets none: whoever asks
    /// is to hear of that.
    /// </summary>
    public static void Make(string directory, CancellationToken cancellationToken)
    {
        var segments = Segment.Of(directory);
        var sealedOnes = segments.SkipLast(1).ToList();
        var first = sealedOnes.FindIndex(segment => !SegmentClosures.Has(segment));
        if (first < 0)
        {
            return;
        }

        var end = first > 0 ? SegmentClosures.Read(sealedOnes[first - 1])?.End : null;
        for (var i = first; i < sealedOnes.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isDamaged = false;
            var made = Fold(sealedOnes[i], isLast: false, i == 0, end, _ => isDamaged = true);
            end = made.End ?? end;
            if (!isDamaged)
            {
                (made with { End = end }).Write(sealedOnes[i]);
            }
        }
    }

    private static SegmentClosures Fold(
        string segment, bool isLast, bool isFirst, ClosureState? end, Action<JournalLine> report)
    {
        var lines = JournalReader.LinesOf(segment, isLast, withCarried: isFirst, Filter);
        var (ended, last) = ClosureState.Of(lines.Select(Reported).OfType<Envelope>(), end);
        return new SegmentClosures(ended, last);

        Envelope? Reported(JournalLine line)
        {
            if (line.Problem is not null)
            {
                report(line);
            }

            return line.Envelope;
        }
    }
}
