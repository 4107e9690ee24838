using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>Which gates were closed when: the first question after a failover.</summary>
public static class Failovers
{
    /// <summary>The event types needed to compute closures.</summary>
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
        // This may be the last sign of a daemon that died without recording an end.
        typeof(ObservationHeld),
    }.Select(EventNames.OfType).ToList();

    /// <summary>Every closure, ordered by its beginning.</summary>
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

    /// <summary>Orders by beginning, then by node.</summary>
    public static IReadOnlyList<Closure> InOrder(IEnumerable<Closure> closures) =>
    [
        .. closures
            .OrderBy(one => one.From.Utc)
            .ThenBy(one => one.Node, StringComparer.Ordinal)
            .ThenBy(one => one.Seq),
    ];
}
