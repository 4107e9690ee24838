using System.Diagnostics;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// The gate's own part of a decision: which trigger an observation is, and which event a step through the table is.
/// </summary>
internal static class GateMoves
{
    /// <summary>These strike every node at once: a long open-after would keep them all dark together.</summary>
    private const Reasons ClusterWide = Reasons.NonPrimary | Reasons.Disconnected;

    /// <summary>Which trigger the latest observation is.</summary>
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
            // An adopted gate that no fit observation has confirmed closes with the first unfit one; a disk that has
            // not answered yet only counts.
            Pace.Debounced => run.Reaches(policy.Fall, policy.CloseAfter, now)
                || memory is { FitSeen: false, UnfitSeen: true }
                ? GateTrigger.UnfitLongEnough
                : GateTrigger.Unfit,
        };
    }

    /// <summary>
    /// The event of a trigger: the table says where it leads, and each step has its event. Null where it leads nowhere.
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
            // The hold itself is the event.
            (GatePhase.Closed, GatePhase.Held) or (GatePhase.Held, GatePhase.Closed) => null,
            _ => throw new UnreachableException($"no event leads from {state.Phase} to {next}"),
        };
    }

    private static GateClosed Close(GateState state, GatePolicy policy, Instant now, GateTrigger trigger, string reason)
    {
        var penalty = state.Penalty.Now(now, GatePolicy.HalfLife);
        var planned = trigger is GateTrigger.Hold or GateTrigger.Stop;
        // A lapse says nothing about the server.
        var unfit = !planned && trigger != GateTrigger.Lapse;
        var strikesAll = unfit && (Reason.Parse([reason]) & ClusterWide) != 0;
        var cap = strikesAll && policy.OpenAfterMax > GatePolicy.OpenAfterClusterWide
            ? GatePolicy.OpenAfterClusterWide
            : policy.OpenAfterMax;
        var openAfter = Penalty.OpenAfter(penalty, policy.OpenAfter, cap);
        return new GateClosed(reason, planned, openAfter, unfit ? penalty + 1 : penalty);
    }
}
