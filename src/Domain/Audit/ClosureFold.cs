using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>Folds the events of one node, in order, into its closures.</summary>
public sealed record ClosureFold
{
    /// <summary>
    /// The policy's open-after; a gate that waits for longer is in back-off. Null before it is known.
    /// </summary>
    public TimeSpan? Base { get; init; }

    /// <summary>The closure that has not ended; null while the gate is open, and before anything is known.</summary>
    public Closure? Lasting { get; init; }

    /// <summary>Whether clients get through.</summary>
    public ClientAccess Access { get; init; } = new();

    /// <summary>Who holds the gate.</summary>
    public Holds Holds { get; init; }

    /// <param name="ended">The closure that this event ends; null if it ends none.</param>
    public ClosureFold After(Envelope envelope, out Closure? ended)
    {
        var (access, holds) = (Access.After(envelope), HoldsAfter(envelope.Event));
        var isDoubtful = envelope.Doubt is not null;
        var before = Lasting is { } closure && isDoubtful ? closure with { IsDoubtful = true } : Lasting;
        // If a daemon adopted an open gate, the gate was never closed.
        ended = envelope.Event is GateOpened && before is not null ? before with { To = envelope.At } : null;
        var lasting = Next(envelope, before, access, holds == Holds.None ? "server" : "release");
        return new ClosureFold
        {
            Base = BaseAfter(envelope.Event),
            Lasting = lasting is not null && isDoubtful ? lasting with { IsDoubtful = true } : lasting,
            Access = access,
            Holds = holds,
        };
    }

    private Closure? Next(
        Envelope envelope, Closure? lasting, ClientAccess access, string waits) => envelope.Event switch
    {
        GateOpened or GateAdopted => null,
        DaemonStarted when lasting is null => Begin(envelope, access, "started", waits) with
        {
            IsFirstStart = Access.Seen is null,
        },
        GateClosed e when lasting is null => Begin(envelope, access, e.Reason, waits) with
        {
            IsPlanned = e.Planned,
        },
        // The start before it has begun the closure, unless that start is lost or no daemon came back.
        LeaseLapsed { Unrefreshed: null } when access.IsLapsed =>
            (lasting ?? Begin(envelope, access, "", envelope.IsInferred ? "daemon" : waits))
            .Since(access.Refused) with { Reason = GateDecider.LapsedReason },
        GateOpening e when lasting is not null => lasting with
        {
            FitAgain = envelope.At,
            WaitedFor = e.OpenAfter > Base ? "back-off" : "rise",
        },
        DaemonStopped when lasting is not null => lasting with { WaitedFor = "daemon" },
        DaemonStarted or GateStayedClosed or HoldPlaced or HoldLifted when lasting is not null => lasting with
        {
            FitAgain = null,
            WaitedFor = waits,
        },
        _ => lasting,
    };

    private static Closure Begin(Envelope envelope, ClientAccess access, string reason, string waitsFor) =>
        new Closure(envelope.Node, envelope.Seq, envelope.At, null, reason, null, waitsFor) { View = envelope.View }
            .Since(access.Refused);

    private TimeSpan? BaseAfter(AuditEvent @event) => @event switch
    {
        DaemonStarted started => BaseOf(started.Policy) ?? Base,
        PolicyChanged changed => BaseOf(changed.Changes) ?? Base,
        _ => Base,
    };

    private Holds HoldsAfter(AuditEvent @event) => @event switch
    {
        HoldPlaced placed => Holds | placed.Hold,
        HoldLifted lifted => Holds & ~lifted.Hold,
        _ => Holds,
    };

    private static TimeSpan? BaseOf(IReadOnlyDictionary<string, string> settings) =>
        settings.TryGetValue("open-after", out var text) ? Duration.Parse(text) : null;
}
