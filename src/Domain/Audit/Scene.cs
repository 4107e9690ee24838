using System.Collections.Immutable;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>The state of all nodes at one event of an incident; a replay shows one scene at a time.</summary>
/// <param name="Event">The event that changed something.</param>
/// <param name="Nodes">The state of each node after it, by name.</param>
public sealed record Scene(Envelope Event, ImmutableSortedDictionary<string, GateState> Nodes)
{
    /// <summary>One scene for each event that matters.</summary>
    public static IEnumerable<Scene> Of(IEnumerable<Envelope> events)
    {
        var nodes = ImmutableSortedDictionary.Create<string, GateState>(StringComparer.Ordinal);
        foreach (var envelope in events)
        {
            var before = nodes.GetValueOrDefault(envelope.Node, new GateState());
            nodes = nodes.SetItem(envelope.Node, GateDecider.Evolve(before, envelope));
            if (Timeline.Matters(envelope.Event))
            {
                yield return new Scene(envelope, nodes);
            }
        }
    }
}
