using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>What a lane of the picture shows.</summary>
public enum Lane
{
    /// <summary>The node state.</summary>
    Node,

    /// <summary>The gate's phase.</summary>
    Gate,

    /// <summary>The address families that have a redirect in place.</summary>
    Rule,
}

/// <summary>A period in which one lane of a node did not change.</summary>
/// <param name="Seq">The event that began it.</param>
/// <param name="To">Null if it lasts until the end of the record.</param>
public sealed record Span(string Node, Lane Lane, long Seq, DateTimeOffset From, DateTimeOffset? To, string Value);

/// <summary>The states of all nodes over time, as periods.</summary>
public static class Swimlane
{
    /// <summary>The event types that change a lane. They are enough to know the state before a given time.</summary>
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

    /// <summary>Every period, ordered by its end.</summary>
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
                // If the record shows an earlier refusal, draw it from the time when clients were first refused.
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
