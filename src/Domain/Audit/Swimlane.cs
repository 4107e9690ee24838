using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>What a lane of a picture shows of a node.</summary>
public enum Lane
{
    /// <summary>The node state.</summary>
    Node,

    /// <summary>The gate's phase.</summary>
    Gate,

    /// <summary>Which families' tables hold a redirect.</summary>
    Rule,
}

/// <summary>A time in which one thing of a node stayed as it was.</summary>
/// <param name="Seq">The event that began it.</param>
/// <param name="To">Null where it lasts until the end of what is recorded.</param>
public sealed record Span(string Node, Lane Lane, long Seq, DateTimeOffset From, DateTimeOffset? To, string Value);

/// <summary>The states of all nodes over time, as stretches.</summary>
public static class Swimlane
{
    /// <summary>
    /// The names of the events that change a lane: from these alone one sees how things stood before a given time.
    /// </summary>
    public static IReadOnlyList<string> Types { get; } =
    [
        .. new[]
        {
            typeof(DaemonStarted),
            typeof(NodeStateChanged),
            typeof(GateOpening),
            typeof(GateOpened),
            typeof(GateAdopted),
            typeof(GateClosing),
            typeof(GateClosed),
            typeof(GateStayedOpen),
            typeof(GateStayedClosed),
            typeof(HoldPlaced),
            typeof(HoldLifted),
            typeof(RedirectAdded),
            typeof(RedirectRemoved),
            typeof(DriftFound),
            typeof(LeaseArmed),
            typeof(LeaseLapsed),
        }.Select(EventNames.OfType),
    ];

    /// <summary>Every stretch, in the order of their ends.</summary>
    public static IEnumerable<Span> Of(IEnumerable<Envelope> events)
    {
        var states = new Dictionary<string, GateState>(StringComparer.Ordinal);
        var accesses = new Dictionary<string, ClientAccess>(StringComparer.Ordinal);
        var open = new SortedDictionary<(string Node, Lane Lane), Span>();
        foreach (var envelope in events)
        {
            var before = states.GetValueOrDefault(envelope.Node, new GateState());
            var state = states[envelope.Node] = GateDecider.Evolve(before, envelope);
            var access = accesses[envelope.Node] =
                accesses.GetValueOrDefault(envelope.Node, new ClientAccess()).After(envelope);
            var gate = access.IsLapsed && state.Phase.LetsTrafficIn() ? GatePhase.Closed : state.Phase;
            foreach (var (lane, value) in new[]
            {
                (Lane.Node, state.NodeState.ToString()),
                (Lane.Gate, gate.ToString()),
                (Lane.Rule, RuleOf(state)),
            })
            {
                // What clients met before the record says so is drawn from when they met it.
                var turned = lane == Lane.Gate && access is { Reveals: true, Refused: { } refused }
                    ? refused.Latest.Utc
                    : envelope.At.Utc;
                var key = (envelope.Node, lane);
                if (open.TryGetValue(key, out var span) && span.Value == value)
                {
                    continue;
                }

                if (span is not null)
                {
                    turned = turned < span.From ? span.From : turned;
                    yield return span with { To = turned };
                }

                open[key] = new Span(envelope.Node, lane, envelope.Seq, turned, null, value);
            }
        }

        foreach (var span in open.Values)
        {
            yield return span;
        }
    }

    private static string RuleOf(GateState state)
    {
        var families = Enum.GetValues<Family>()
            .Where(family => state.Redirects.Of(family).Rules.Count > 0)
            .Select(family => family.ToString().ToLowerInvariant());
        return string.Join(" and ", families) is { Length: > 0 } words ? words : "none";
    }
}
