using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>When which gates were closed: what is asked after a failover.</summary>
public static class Failovers
{
    /// <summary>The names of the event types that closures are made of.</summary>
    public static IEnumerable<string> Types { get; } = new[]
    {
        typeof(DaemonStarted),
        typeof(DaemonStopped),
        typeof(PolicyChanged),
        typeof(LeaseArmed),
        typeof(LeaseLapsed),
        typeof(GateOpening),
        typeof(GateOpened),
        typeof(GateAdopted),
        typeof(GateClosed),
        typeof(GateStayedClosed),
        typeof(HoldPlaced),
        typeof(HoldLifted),
        // The last sign of life of a daemon that ended without a word.
        typeof(ObservationHeld),
    }.Select(EventNames.OfType).ToList();

    /// <summary>Every closure, in the order in which they began.</summary>
    public static IReadOnlyList<Closure> Closures(IEnumerable<Envelope> events)
    {
        var nodes = new Dictionary<string, ClosureFold>(StringComparer.Ordinal);
        var closures = new List<Closure>();
        foreach (var envelope in events)
        {
            var fold = nodes.GetValueOrDefault(envelope.Node, new ClosureFold());
            nodes[envelope.Node] = fold.After(envelope, out var ended);
            closures.AddRange(ended is null ? [] : [ended]);
        }

        closures.AddRange(nodes.Values.Select(fold => fold.Lasting).OfType<Closure>());
        return InOrder(closures);
    }

    /// <summary>By their beginning, then by the node.</summary>
    public static IReadOnlyList<Closure> InOrder(IEnumerable<Closure> closures) =>
    [
        .. closures
            .OrderBy(one => one.From.Utc)
            .ThenBy(one => one.Node, StringComparer.Ordinal)
            .ThenBy(one => one.Seq),
    ];
}
