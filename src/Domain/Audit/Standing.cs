using System.Collections.Immutable;
using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>A hold that is in force: who placed it, why, and when.</summary>
public sealed record HoldInForce(Holds Hold, string By, string Why, Instant At);

/// <summary>How often things happened since the daemon started.</summary>
public sealed record Counters
{
    public long GateOpened { get; init; }

    public long GateClosed { get; init; }

    public long RedirectsAdded { get; init; }

    public long RedirectsRemoved { get; init; }

    public long ChangesFailed { get; init; }

    public long DriftFound { get; init; }

    public long DriftMended { get; init; }

    public long ConnectionsReset { get; init; }

    public long ServerRestarts { get; init; }

    public long LeasesLapsed { get; init; }

    public long Stalls { get; init; }
}

/// <summary>
/// What people ask about a running daemon apart from its state: since when, who holds the gate, how often it changed.
/// Folded from the events alone, so a restart loses only the counters, which restart at 0.
/// </summary>
public sealed record Standing
{
    /// <summary>When the daemon started.</summary>
    public Instant Started { get; init; }

    /// <summary>Since when clients get through, or are refused.</summary>
    public Instant GateSince { get; init; }

    /// <summary>The event that caused that.</summary>
    public Envelope? GateEvent { get; init; }

    public Instant NodeStateSince { get; init; }

    public Instant VerdictSince { get; init; }

    public ImmutableList<HoldInForce> Holds { get; init; } = [];

    public Counters Counters { get; init; } = new();

    /// <summary>When a restart of the server was last noticed; null if none is known.</summary>
    public Instant? ServerRestarted { get; init; }

    /// <summary>The last opening; an adoption may refer to it.</summary>
    public Envelope? LastOpening { get; init; }

    /// <summary>The latest events that matter, oldest first.</summary>
    public ImmutableQueue<Envelope> Recent { get; init; } = [];

    /// <summary>Whether clients get through.</summary>
    public ClientAccess Access { get; init; } = new();

    /// <summary>How long the gate was open and closed since the daemon started.</summary>
    public GateHours Hours { get; init; } = new();

    public Standing After(Envelope envelope)
    {
        var access = Access.After(envelope);
        var next = Counted(envelope) with
        {
            Access = access,
            Hours = Hours.After(envelope, access),
            Recent = Timeline.Matters(envelope.Event) ? WithLast(envelope) : Recent,
        };
        // Clients have been refused since before this event.
        return access is { IsLapsed: true, Refused: { } refused }
            ? next with { GateSince = refused.Latest, GateEvent = access.Reveals ? envelope : next.GateEvent }
            : next;
    }

    private ImmutableQueue<Envelope> WithLast(Envelope envelope)
    {
        const int RecentKept = 20;
        var recent = Recent.Enqueue(envelope);
        return recent.Count() > RecentKept ? recent.Dequeue() : recent;
    }

    private Standing Counted(Envelope envelope)
    {
        var at = envelope.At;
        return envelope.Event switch
        {
            DaemonStarted => this with
            {
                Started = at,
                Counters = new Counters(),
                VerdictSince = at,
                // A gate that was open counts as closed until its redirect is found in place.
                GateSince = GateEvent?.Event is GateOpened or GateAdopted or null ? at : GateSince,
                GateEvent = GateEvent?.Event is GateOpened or GateAdopted or null ? envelope : GateEvent,
            },
            GateOpened => Count(c => c with { GateOpened = c.GateOpened + 1 }) with
            {
                GateSince = at,
                GateEvent = envelope,
                LastOpening = envelope,
            },
            // The previous daemon's clients got through all the time.
            GateAdopted e => this with
            {
                GateSince = LastOpening?.Seq == e.Opened ? LastOpening.At : at,
                GateEvent = envelope,
            },
            GateClosed => Count(c => c with { GateClosed = c.GateClosed + 1 }) with
            {
                GateSince = at,
                GateEvent = envelope,
            },
            NodeStateChanged => this with { NodeStateSince = at },
            VerdictChanged => this with { VerdictSince = at },
            HoldPlaced e => this with
            {
                Holds = Holds.RemoveAll(hold => hold.Hold == e.Hold).Add(new HoldInForce(e.Hold, e.By, e.Why, at)),
            },
            HoldLifted e => this with { Holds = Holds.RemoveAll(hold => hold.Hold == e.Hold) },
            RedirectAdded => Count(c => c with { RedirectsAdded = c.RedirectsAdded + 1 }),
            RedirectRemoved => Count(c => c with { RedirectsRemoved = c.RedirectsRemoved + 1 }),
            RedirectChangeFailed => Count(c => c with { ChangesFailed = c.ChangesFailed + 1 }),
            DriftFound => Count(c => c with { DriftFound = c.DriftFound + 1 }),
            DriftMended => Count(c => c with { DriftMended = c.DriftMended + 1 }),
            ConnectionsReset e => Count(c => c with { ConnectionsReset = c.ConnectionsReset + e.Count }),
            Events.ServerRestarted e => Count(c => c with { ServerRestarts = c.ServerRestarts + 1 }) with
            {
                ServerRestarted = e.ProviderOnly is true ? ServerRestarted : at,
            },
            LeaseLapsed => Count(c => c with { LeasesLapsed = c.LeasesLapsed + 1 }),
            LoopStalled => Count(c => c with { Stalls = c.Stalls + 1 }),
            _ => this,
        };
    }

    private Standing Count(Func<Counters, Counters> count) => this with { Counters = count(Counters) };
}
