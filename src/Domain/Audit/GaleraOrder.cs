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

    /// <summary>
    /// Merges the streams of one cluster's nodes, each in order; reads at most one item ahead in each.
    /// </summary>
    public static IEnumerable<T> Merge<T>(IEnumerable<IEnumerable<T>> nodes, Func<T, Envelope> envelopeOf) =>
        Merge(nodes, envelopeOf, Compare);

    /// <summary>
    /// Merges what was merged of several clusters, by the clocks: their views and seqnos have nothing in common.
    /// </summary>
    public static IEnumerable<T> MergeClusters<T>(IEnumerable<IEnumerable<T>> clusters, Func<T, Envelope> envelopeOf) =>
        Merge(clusters, envelopeOf, (first, second) => first.At.Utc.CompareTo(second.At.Utc));

    private static IEnumerable<T> Merge<T>(
        IEnumerable<IEnumerable<T>> streams, Func<T, Envelope> envelopeOf, Comparison<Envelope> compare)
    {
        var heads = new PriorityQueue<IEnumerator<T>, (Envelope Envelope, int Stream)>(
            Comparer<(Envelope Envelope, int Stream)>.Create((first, second) =>
                compare(first.Envelope, second.Envelope) is var order and not 0
                    ? order
                    : first.Stream.CompareTo(second.Stream)));
        try
        {
            foreach (var (stream, items) in streams.Index())
            {
                var head = items.GetEnumerator();
                if (head.MoveNext())
                {
                    heads.Enqueue(head, (envelopeOf(head.Current), stream));
                }
                else
                {
                    head.Dispose();
                }
            }

            while (heads.TryPeek(out var head, out var first))
            {
                yield return head.Current;
                if (head.MoveNext())
                {
                    _ = heads.DequeueEnqueue(head, (envelopeOf(head.Current), first.Stream));
                }
                else
                {
                    heads.Dequeue().Dispose();
                }
            }
        }
        finally
        {
            foreach (var (head, _) in heads.UnorderedItems)
            {
                head.Dispose();
            }
        }
    }
}
