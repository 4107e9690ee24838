using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// The events that holds cause. Placing a hold again, or lifting one that does not exist, causes none.
/// </summary>
internal static class HoldDecisions
{
    public static IReadOnlyList<Caused> Place(GateState state, GateMemory memory, HoldRequested hold)
    {
        var decision = new Decision(state.Seq);
        if (!state.Holds.HasFlag(hold.Hold))
        {
            var placed = decision.Add(new HoldPlaced(hold.Hold, hold.By, hold.Why));
            var held = NodeDecisions.Judge(state, memory.Judged, state.Holds | hold.Hold);
            var verdict = decision.Add(held, placed) ?? state.VerdictSeq;
            decision.Add(GateMoves.Move(state, memory, hold.At, GateTrigger.Hold, GateDecider.HeldReason), verdict);
        }

        return decision.Events;
    }

    public static IReadOnlyList<Caused> Lift(GateState state, GateMemory memory, HoldReleased hold)
    {
        var decision = new Decision(state.Seq);
        if (state.Holds.HasFlag(hold.Hold))
        {
            var lifted = decision.Add(new HoldLifted(hold.Hold, hold.By));
            decision.Add(NodeDecisions.Judge(state, memory.Judged, state.Holds & ~hold.Hold), lifted);
        }

        return decision.Events;
    }
}
