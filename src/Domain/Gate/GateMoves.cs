using System.Diagnostics;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// The gate's part of a decision: which trigger an observation is, and which event a transition produces.
/// </summary>
internal static class GateMoves
{
    /// <summary>These affect every node at once. A long open-after would keep the whole cluster closed.</summary>
    private const Reasons ClusterWide = Reasons.NonPrimary | Reasons.Disconnected;

    /// <summary>The trigger for the latest observation.</summary>
    public static GateTrigger TriggerOf(GateState state, GateMemory memory, Instant now)
    {
        var (policy, run) = (memory.Policy.Gate, memory.Run);
        if (memory.Verdict is not { IsFit: false } unfit)
        {
            return run.Reaches(policy.Rise, state.OpenAfter, now) ? GateTrigger.FitLongEnough : GateTrigger.Fit;
        }

        return Reason.PaceOf(unfit.Reasons) switch
        {
            Pace.Immediate => GateTrigger.UnfitAtOnce,
            // If no fit observation has confirmed an adopted gate, the first unfit one closes it. While the disk has
            // not answered yet, the gate is debounced as usual.
            Pace.Debounced => run.Reaches(policy.Fall, policy.CloseAfter, now)
                || memory is { FitSeen: false, UnfitSeen: true }
                ? GateTrigger.UnfitLongEnough
                : GateTrigger.Unfit,
        };
    }

    /// <summary>
    /// The event for a trigger: the table says which phase follows, and each transition has its event. Null if the
    /// phase does not change.
    /// </summary>
    public static AuditEvent? Move(
        GateState state, GateMemory memory, Instant now, GateTrigger trigger, string reason)
    {
        var policy = memory.Policy.Gate;
        var next = GateTransitions.Table.Next(state.Phase, trigger);
        return (state.Phase, next) switch
        {
            var (from, to) when from == to => null,
            (GatePhase.Closed, GatePhase.Opening) => new GateOpening(policy.Rise, state.OpenAfter),
            (GatePhase.Closed or GatePhase.Opening, GatePhase.Open) when trigger == GateTrigger.Adopt =>
                new GateAdopted(state.Adoptable!.Value),
            (GatePhase.Closed or GatePhase.Opening, GatePhase.Open) => new GateOpened(reason),
            (GatePhase.Opening, GatePhase.Closed or GatePhase.Held) => new GateStayedClosed(reason),
            (GatePhase.Open, GatePhase.Closing) => new GateClosing(reason, policy.Fall, policy.CloseAfter),
            (GatePhase.Closing, GatePhase.Open) => new GateStayedOpen(),
            (GatePhase.Open or GatePhase.Closing, GatePhase.Closed or GatePhase.Held) =>
                Close(state, policy, now, trigger, reason),
            // The hold event itself records this.
            (GatePhase.Closed, GatePhase.Held) or (GatePhase.Held, GatePhase.Closed) => null,
            _ => throw new UnreachableException($"no event leads from {state.Phase} to {next}"),
        };
    }

    private static GateClosed Close(GateState state, GatePolicy policy, Instant now, GateTrigger trigger, string reason)
    {
        var penalty = state.Penalty.Now(now, GatePolicy.HalfLife);
        var planned = trigger is GateTrigger.Hold or GateTrigger.Stop;
        // A lapsed lease does not say anything about the server.
        var unfit = !planned && trigger != GateTrigger.Lapse;
        var strikesAll = unfit && (Reason.Parse([reason]) & ClusterWide) != 0;
        var cap = strikesAll && policy.OpenAfterMax > GatePolicy.OpenAfterClusterWide
            ? GatePolicy.OpenAfterClusterWide
            : policy.OpenAfterMax;
        var openAfter = Penalty.OpenAfter(penalty, policy.OpenAfter, cap);
        return new GateClosed(reason, planned, openAfter, unfit ? penalty + 1 : penalty);
    }
}
