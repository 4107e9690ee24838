using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>A time in which the gate of a node was closed.</summary>
/// <param name="Seq">The event that closed it, or that shows that it was closed.</param>
/// <param name="From">From when clients were refused for certain.</param>
/// <param name="To">Null while it still is.</param>
/// <param name="Reason">The headline of the close, or <c>started</c> for a daemon that began closed, and
/// <c>lease-lapsed</c> when the lease had ended.</param>
/// <param name="FitAgain">When the fitness began with which it opened; null when it did not.</param>
/// <param name="WaitedFor">What it waited for at the end: <c>server</c> while the node was unfit, <c>rise</c> when it
/// had to show itself fit, <c>back-off</c> when it had to for longer because it flapped, <c>release</c> while it was
/// held.</param>
public sealed record Closure(
    string Node, long Seq, Instant From, Instant? To, string Reason, Instant? FitAgain, string WaitedFor)
{
    /// <summary>An event that it was made of is not to be believed.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>Before that the gate was open; what it was from then to the beginning is not recorded. Null when the
    /// beginning is known.</summary>
    public Instant? Earliest { get; init; }

    /// <summary>An operator wanted it.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>The node's first daemon began closed: nothing that clients had was taken from them.</summary>
    public bool IsFirstStart { get; init; }

    /// <summary>By the monotonic clock; when a boot lies between, by the wall clocks.</summary>
    public TimeSpan? Lasted => To is { } end ? end.Since(From) ?? end.Utc - From.Utc : null;

    internal Closure Since(Refusal? refused) => refused is { } known
        ? this with { From = known.Latest, Earliest = known.IsExact ? null : known.Earliest }
        : this;
}

/// <summary>When which gates were closed: what is asked after a failover.</summary>
public static class Failovers
{
    /// <summary>The names of the event types that tell of closures.</summary>
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
    }.Select(EventNames.OfType).ToList();

    /// <summary>Every closure, in the order of their ends; those that last come last.</summary>
    public static IEnumerable<Closure> Closures(IEnumerable<Envelope> events)
    {
        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var envelope in events)
        {
            var isNew = !nodes.TryGetValue(envelope.Node, out var node);
            node = (node ?? new Node()).Seeing(envelope);
            var (closed, at) = (node.Closed, envelope.At);
            switch (envelope.Event)
            {
                case DaemonStarted started:
                    var begun = new Closure(envelope.Node, envelope.Seq, at, null, "started", null, "server")
                    {
                        IsFirstStart = isNew,
                    };
                    node = node with
                    {
                        Base = BaseOf(started.Policy) ?? node.Base,
                        Closed = closed ?? begun.Since(node.Access.Refused),
                    };
                    break;
                case LeaseLapsed { Unrefreshed: null } when closed is not null && node.Access.IsLapsed:
                    node = node with
                    {
                        Closed = closed.Since(node.Access.Refused) with { Reason = GateDecider.LapsedReason },
                    };
                    break;
                case PolicyChanged changed:
                    node = node with { Base = BaseOf(changed.Changes) ?? node.Base };
                    break;
                case GateClosed e:
                    var waits = e.Planned ? "release" : "server";
                    node = node with
                    {
                        Closed = closed ?? new Closure(envelope.Node, envelope.Seq, at, null, e.Reason, null, waits)
                        {
                            IsPlanned = e.Planned,
                        }.Since(node.Access.Refused),
                    };
                    break;
                case GateOpening e when closed is not null:
                    var waited = e.OpenAfter > node.Base ? "back-off" : "rise";
                    node = node with { Closed = closed with { FitAgain = at, WaitedFor = waited } };
                    break;
                case GateStayedClosed when closed is not null:
                    var waitsStill = closed.WaitedFor == "release" ? "release" : "server";
                    node = node with { Closed = closed with { FitAgain = null, WaitedFor = waitsStill } };
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

    private static TimeSpan? BaseOf(IReadOnlyDictionary<string, string> settings) =>
        settings.TryGetValue("open-after", out var text) ? Duration.Parse(text) : null;

    private sealed record Node
    {
        public TimeSpan Base { get; init; } = TimeSpan.MaxValue;

        public Closure? Closed { get; init; }

        public ClientAccess Access { get; init; } = new();

        public Node Seeing(Envelope envelope) => this with
        {
            Access = Access.After(envelope),
            Closed = Closed is not null && envelope.Doubt is not null ? Closed with { IsDoubtful = true } : Closed,
        };
    }
}
