using System.Collections.Immutable;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>
/// How long a gate was open, and how long it was closed for each reason, since the daemon started. Counted by the
/// monotonic clock only.
/// </summary>
public sealed record GateHours
{
    /// <summary>The most closings that are kept. More than this within an hour would not change the picture.</summary>
    private const int MostClosings = 1000;

    public TimeSpan Open { get; init; }

    /// <summary>By the reason for closing; <c>started</c> if the daemon started with the gate closed.</summary>
    public ImmutableSortedDictionary<string, TimeSpan> Closed { get; init; } =
        ImmutableSortedDictionary.Create<string, TimeSpan>(StringComparer.Ordinal);

    /// <summary>The beginning of the period that is not counted yet; null before the daemon's start.</summary>
    public Instant? Since { get; init; }

    /// <summary>Why the gate is closed; null while it is open.</summary>
    public string? Reason { get; init; }

    /// <summary>When the gate closed unplanned, oldest first.</summary>
    public ImmutableQueue<Instant> Closings { get; init; } = [];

    /// <param name="access">Whether clients get through after the event.</param>
    public GateHours After(Envelope envelope, ClientAccess access)
    {
        var at = envelope.At;
        return envelope.Event switch
        {
            DaemonStarted => new GateHours { Since = at, Reason = "started", Closings = Closings },
            GateOpened or GateAdopted => Turned(at, null),
            GateClosed e => Turned(at, e.Reason) with { Closings = e.Planned ? Closings : Kept(at) },
            LeaseLapsed when Reason is null => Turned(access.Refused?.Latest ?? at, GateDecider.LapsedReason),
            _ => this,
        };
    }

    /// <summary>Includes the period that has not ended.</summary>
    public GateHours Now(Instant now) => Turned(now, Reason);

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
