using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>The closures of a node as of one event.</summary>
/// <param name="Node">The node, as named in that event.</param>
/// <param name="Seq">The event.</param>
public sealed record ClosureState(string Node, long Seq, ClosureFold Fold)
{
    /// <summary>
    /// The closures that ended within the record, and the fold at its end; null if there is no event.
    /// </summary>
    /// <param name="begin">The fold before the first of the events; null at the beginning of a record.</param>
    public static (IReadOnlyList<Closure> Ended, ClosureState? End) Of(
        IEnumerable<Envelope> events, ClosureState? begin = null)
    {
        var (ended, end) = (new List<Closure>(), begin);
        foreach (var envelope in events)
        {
            var fold = (end?.Fold ?? new ClosureFold()).After(envelope, out var closure);
            end = new ClosureState(envelope.Node, envelope.Seq, fold);
            ended.AddRange(closure is null ? [] : [closure]);
        }

        return (ended, end);
    }
}
