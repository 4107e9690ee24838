using System.Collections.Immutable;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>
/// For how long a daemon's gate let clients in, and for how long it refused them for each reason, since the daemon
/// started. Time is counted by the monotonic clock alone.
/// </summary>
public sealed record GateHours
{
    /// <summary>Closings kept: more in an hour are as bad as these.</summary>
    private const int MostClosings = 1000;

    public TimeSpan Open { get; init; }

    /// <summary>By the reason that closed it, <c>started</c> for a daemon that began closed.</summary>
    public ImmutableSortedDictionary<string, TimeSpan> Closed { get; init; } =
        ImmutableSortedDictionary.Create<string, TimeSpan>(StringComparer.Ordinal);

    /// <summary>Since when the stretch lasts that is not counted yet; null before the daemon's start.</summary>
    public Instant? Since { get; init; }

    /// <summary>Why the gate is closed; null while it is open.</summary>
    public string? Reason { get; init; }

    /// <summary>When the gate closed and nobody had planned it, oldest first.</summary>
    public ImmutableQueue<Instant> Closings { get; init; } = [];

    public GateHours After(Envelope envelope)
    {
        var at = envelope.At;
        return envelope.Event switch
        {
            DaemonStarted => new GateHours { Since = at, Reason = "started", Closings = Closings },
            GateOpened or GateAdopted => Turned(at, null),
            GateClosed e => Turned(at, e.Reason) with { Closings = e.Planned ? Closings : Kept(at) },
            LeaseLapsed when Reason is null => Turned(at, GateDecider.LapsedReason),
            _ => this,
        };
    }

    /// <summary>With the stretch that still lasts.</summary>
    public GateHours Now(Instant now) => Since is null ? this : Turned(now, Reason);

    public int ClosingsWithin(TimeSpan time, Instant now) =>
        Closings.Count(closing => (now.Since(closing) ?? now.Utc - closing.Utc) <= time);

    private GateHours Turned(Instant at, string? reason)
    {
        var lasted = Since is { } since && at.Since(since) is { } time && time > TimeSpan.Zero ? time : TimeSpan.Zero;
        var next = this with { Since = at, Reason = reason };
        return Reason is { } closed
            ? next with { Closed = Closed.SetItem(closed, Closed.GetValueOrDefault(closed) + lasted) }
            : next with { Open = Open + lasted };
    }

    private ImmutableQueue<Instant> Kept(Instant at)
    {
        var kept = Closings.Enqueue(at);
        return kept.Count() > MostClosings ? kept.Dequeue() : kept;
    }
}
