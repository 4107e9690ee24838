using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>
/// Merges the events of several nodes into one order. Each node keeps its own order. Between nodes Galera's order
/// counts: first the view, then the committed seqno, then the wall clocks. So clocks that disagree by seconds do not
/// put an effect before its cause on another node. Events that are further apart by the clocks are ordered by the
/// clocks alone, because a cluster that is bootstrapped again counts its views from one.
/// </summary>
public static class GaleraOrder
{
    /// <summary>Clocks that are in working order never disagree by more than this.</summary>
    private static readonly TimeSpan ClocksDisagree = TimeSpan.FromMinutes(5);

    /// <summary>Less than zero if the first comes first.</summary>
    public static int Compare(Envelope first, Envelope second)
    {
        var clocks = first.At.Utc.CompareTo(second.At.Utc);
        if ((first.At.Utc - second.At.Utc).Duration() > ClocksDisagree || first.View is null || second.View is null)
        {
            return clocks;
        }

        var views = first.View.Value.CompareTo(second.View.Value);
        if (views != 0)
        {
            return views;
        }

        var committed = first.Committed is { } one && second.Committed is { } other ? one.CompareTo(other) : 0;
        return committed != 0 ? committed : clocks;
    }

    /// <summary>Merges streams that are each in order; reads at most one item ahead in each.</summary>
    public static IEnumerable<T> Merge<T>(IEnumerable<IEnumerable<T>> streams, Func<T, Envelope> envelopeOf)
    {
        var heads = streams.Select(stream => stream.GetEnumerator()).ToList();
        try
        {
            for (var i = heads.Count - 1; i >= 0; i--)
            {
                Advance(heads, i);
            }

            while (heads.Count > 0)
            {
                var next = 0;
                for (var i = 1; i < heads.Count; i++)
                {
                    next = Compare(envelopeOf(heads[i].Current), envelopeOf(heads[next].Current)) < 0 ? i : next;
                }

                yield return heads[next].Current;
                Advance(heads, next);
            }
        }
        finally
        {
            heads.ForEach(head => head.Dispose());
        }
    }

    private static void Advance<T>(List<IEnumerator<T>> heads, int index)
    {
        if (!heads[index].MoveNext())
        {
            heads[index].Dispose();
            heads.RemoveAt(index);
        }
    }
}
