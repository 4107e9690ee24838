using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>The events that an observation of the node causes: node state, verdict, and the gate's reaction.</summary>
internal static class NodeDecisions
{
    public static IReadOnlyList<Caused> Observe(GateState state, GateMemory memory, Observed observed, News news)
    {
        var (observation, sight, decision) = (observed.Observation, news.Sight!, new Decision(state.Seq));
        decision.AddRepeats(news.RepeatsEnded);
        var input = decision.Add(sight.IsChange ? new ObservationChanged(observation) : null) ?? state.LastInput;
        decision.Add(RestartOf(sight, observation), input);
        decision.Add(Step(state, observation.NodeState, sight.IsAfterRestart), input);
        var verdict = decision.Add(Judge(state, sight.Judged, state.Holds), input) ?? state.VerdictSeq;
        decision.Add(Move(state, memory, observed.At), verdict);
        return decision.Events;
    }

    private static ServerRestarted? RestartOf(Sight sight, Observation observation) => sight.Restart is { } restart
        ? new ServerRestarted(observation.Uptime.Value, restart == Restarted.Provider ? true : null)
        : null;

    /// <summary>The new verdict, if it differs from the one in force.</summary>
    public static VerdictChanged? Judge(GateState state, Judgement? judged, Holds holds)
    {
        var verdict = judged?.Under(holds);
        return verdict is { } changed && verdict != state.Verdict ? new VerdictChanged(changed) : null;
    }

    private static NodeStateChanged? Step(GateState state, NodeState seen, bool isRestart)
    {
        var step = NodeTransitions.Step(state.NodeState, state.ProviderState, seen, isRestart);
        return step.To == state.NodeState
            ? null
            : new NodeStateChanged(state.NodeState, step.To, step.Class, step.Path);
    }

    private static AuditEvent? Move(GateState state, GateMemory memory, Instant at)
    {
        // A stopping daemon still closes its gate, but does not open it.
        if (memory.Stopping && !state.Phase.LetsTrafficIn())
        {
            return null;
        }

        var trigger = GateMoves.TriggerOf(state, memory, at);
        return GateMoves.Move(state, memory, at, trigger, memory.Verdict!.Value.Headline);
    }
}
