using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>The events about an opening's lease.</summary>
internal static class LeaseDecisions
{
    /// <summary>Recorded once for each opening, and again after a failure.</summary>
    public static IReadOnlyList<Caused> Refresh(GateState state, LeaseRefreshed lease)
    {
        var isNews = lease.Opened != state.Leased || state.LeaseFailure is not null;
        return lease.Opened == state.Opened && isNews
            ? [new(new LeaseArmed(lease.Opened, lease.Length), lease.Opened)]
            : [];
    }

    /// <summary>Clients are refused already, so the state closes too.</summary>
    public static IReadOnlyList<Caused> Lapse(GateState state, GateMemory memory, LeaseRanOut lapsed)
    {
        var decision = new Decision(state.Seq);
        if (lapsed.Opened == state.Opened)
        {
            var lapse = decision.Add(new LeaseLapsed(lapsed.Unrefreshed), state.Opened);
            var closed = GateMoves.Move(state, memory, lapsed.At, GateTrigger.Lapse, GateDecider.LapsedReason);
            decision.Add(closed, lapse);
        }

        return decision.Events;
    }

    /// <summary>Identical failures in a row are recorded once.</summary>
    public static IReadOnlyList<Caused> Fail(GateState state, LeaseRefused refused) =>
        refused.Why == state.LeaseFailure ? [] : [new(new LeaseFailed(refused.Why))];
}
