using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>How things stood with a node's gate after an event.</summary>
/// <param name="Node">The node, as that event names it.</param>
/// <param name="Seq">The event.</param>
public sealed record ClosureState(string Node, long Seq, ClosureFold Fold)
{
    /// <summary>The closures of a record that ended, and how things stand at its end; null without an event.</summary>
    /// <param name="begin">How things stood before the first of the events; null at the beginning of a record.</param>
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
