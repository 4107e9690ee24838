using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>A time in which the gate of a node was closed.</summary>
/// <param name="Seq">The event that closed it.</param>
/// <param name="To">Null while it still is.</param>
/// <param name="Reason">The headline of the close, or <c>started</c> for a daemon that began closed, and <c>lease-lapsed</c> where the one before had died.</param>
/// <param name="FitAgain">When the fitness began with which it opened; null where it did not.</param>
/// <param name="WaitedFor">What it waited for at the end: <c>server</c> while the node was unfit, <c>rise</c> where it had to show itself fit, <c>back-off</c> where it
/// had to for longer because it flapped, <c>release</c> while it was held.</param>
public sealed record Closure(string Node, long Seq, Instant From, Instant? To, string Reason, Instant? FitAgain, string WaitedFor)
{
    /// <summary>An event that it was made of is not to be believed.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>By the monotonic clock; where a boot lies between, by the wall clocks.</summary>
    public TimeSpan? Lasted => To is { } end ? end.Since(From) ?? end.Utc - From.Utc : null;
}

/// <summary>A time in which few nodes were open.</summary>
/// <param name="Open">The fewest that were, in it.</param>
public sealed record Shortage(DateTimeOffset From, DateTimeOffset? To, int Open);

/// <summary>When which gates were closed, and when too few were open: what is asked after a failover.</summary>
public static class Failovers
{
    /// <summary>The names of the event types that tell of closures.</summary>
    public static IEnumerable<string> Types { get; } = new[]
    {
        typeof(DaemonStarted), typeof(PolicyChanged), typeof(LeaseLapsed), typeof(GateOpening), typeof(GateOpened), typeof(GateAdopted), typeof(GateClosed), typeof(GateStayedClosed),
        typeof(HoldPlaced), typeof(HoldLifted),
    }.Select(EventNames.OfType).ToList();

    /// <summary>Every closure, in the order of their ends; those that last come last.</summary>
    public static IEnumerable<Closure> Closures(IEnumerable<Envelope> events)
    {
        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var envelope in events)
        {
            var node = nodes.GetValueOrDefault(envelope.Node, new Node());
            var (closed, at) = (node.Closed, envelope.At);
            closed = closed is not null && envelope.Doubt is not null ? closed with { IsDoubtful = true } : closed;
            switch (envelope.Event)
            {
                case DaemonStarted started:
                    node = node with { Base = BaseOf(started.Policy) ?? node.Base, Closed = closed ?? new Closure(envelope.Node, envelope.Seq, at, null, "started", null, "server") };
                    break;
                case LeaseLapsed { Unrefreshed: null } when closed is not null:
                    node = node with { Closed = closed with { Reason = GateDecider.LapsedReason } };
                    break;
                case PolicyChanged changed:
                    node = node with { Base = BaseOf(changed.Changes) ?? node.Base };
                    break;
                case GateClosed e:
                    node = node with { Closed = closed ?? new Closure(envelope.Node, envelope.Seq, at, null, e.Reason, null, e.Planned ? "release" : "server") };
                    break;
                case GateOpening e when closed is not null:
                    node = node with { Closed = closed with { FitAgain = at, WaitedFor = e.OpenAfter > node.Base ? "back-off" : "rise" } };
                    break;
                case GateStayedClosed when closed is not null:
                    node = node with { Closed = closed with { FitAgain = null, WaitedFor = closed.WaitedFor == "release" ? "release" : "server" } };
                    break;
                case HoldPlaced when closed is not null:
                    node = node with { Closed = closed with { FitAgain = null, WaitedFor = "release" } };
                    break;
                case HoldLifted when closed is not null:
                    node = node with { Closed = closed with { WaitedFor = "server" } };
                    break;
                case GateOpened or GateAdopted when closed is not null:
                    // A daemon that took over what was open closed nothing in between.
                    if (envelope.Event is not GateAdopted)
                    {
                        yield return closed with { To = at };
                    }

                    node = node with { Closed = null };
                    break;
                default:
                    break;
            }

            nodes[envelope.Node] = envelope.Doubt is not null && node.Closed is { } open
                ? node with { Closed = open with { IsDoubtful = true } }
                : node;
        }

        foreach (var node in nodes.Values.Where(node => node.Closed is not null))
        {
            yield return node.Closed!;
        }
    }

    /// <summary>The times in which fewer than so many nodes were open, by the wall clocks; what lies before the first event of a node is not known and counts as closed.</summary>
    public static IEnumerable<Shortage> Shortages(IEnumerable<Envelope> events, int fewerThan)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        Shortage? shortage = null;
        foreach (var envelope in events)
        {
            var changed = envelope.Event switch
            {
                GateOpened or GateAdopted => open.Add(envelope.Node),
                GateClosed or LeaseLapsed => open.Remove(envelope.Node),
                _ => false,
            };
            if (!changed && shortage is not null)
            {
                continue;
            }

            if (open.Count < fewerThan)
            {
                shortage = shortage is null ? new Shortage(envelope.At.Utc, null, open.Count) : shortage with { Open = Math.Min(shortage.Open, open.Count) };
            }
            else if (shortage is not null)
            {
                yield return shortage with { To = envelope.At.Utc };
                shortage = null;
            }
        }

        if (shortage is not null)
        {
            yield return shortage;
        }
    }

    private static TimeSpan? BaseOf(IReadOnlyDictionary<string, string> settings) => settings.TryGetValue("open-after", out var text) ? Duration.Parse(text) : null;

    private sealed record Node
    {
        public TimeSpan Base { get; init; } = TimeSpan.MaxValue;

        public Closure? Closed { get; init; }
    }
}
