using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// Decides which events to record about the daemon itself: it started, stalled, loaded a policy, stopped.
/// </summary>
internal static class DaemonDecisions
{
    public static IReadOnlyList<Caused> Start(GateState state, Starting starting)
    {
        var (decision, left) = (new Decision(state.Seq), state.Opened ?? state.Adoptable);
        decision.Add(new DaemonStarted(
            starting.Version,
            starting.Policy.Settings,
            OpenAfter(state, starting),
            starting.Lease,
            starting.DiskProbe ? true : null,
            left is null ? null : starting.Refreshed));
        decision.Add(starting.Repair);
        var isLapsed = starting.Lease is not null && !starting.LeaseLives && left is not null;
        decision.Add(isLapsed ? new LeaseLapsed(null, starting.Refreshed) : null, left);
        return decision.Events;
    }

    /// <summary>
    /// Records what changed. The gate waits for the next observation, which is judged by the new policy.
    /// </summary>
    public static IReadOnlyList<Caused> TakeOver(IReadOnlyDictionary<string, string> changes) =>
        changes.Count > 0 ? [new(new PolicyChanged(changes))] : [];

    /// <summary>
    /// An opening that is still waiting for the disk relies on fitness from before the stall, so it is withdrawn. An
    /// opening in use has a lease, which expires by itself if the stall was too long.
    /// </summary>
    public static IReadOnlyList<Caused> StandStill(GateState state, GateMemory memory, Stalled stalled, News news)
    {
        var decision = new Decision(state.Seq);
        decision.AddRepeats(news.RepeatsEnded);
        var stall = decision.Add(new LoopStalled(stalled.Lasted));
        if (state.Phase.LetsTrafficIn() && Redirect.Granted(state, memory) is null)
        {
            var move = GateMoves.Move(state, memory, stalled.At, GateTrigger.Lapse, GateDecider.LapsedReason);
            decision.Add(move, stall);
        }

        return decision.Events;
    }

    public static IReadOnlyList<Caused> Stop(GateState state, GateMemory memory, Stopping stopping, News news)
    {
        var decision = new Decision(state.Seq);
        decision.AddRepeats(news.RepeatsEnded);
        if (!stopping.KeepRedirect)
        {
            var move = GateMoves.Move(state, memory, stopping.At, GateTrigger.Stop, GateDecider.StoppedReason);
            // The stop closes the gate, not a verdict. An opening that the stop cuts short was caused by a verdict.
            decision.Add(move, move is GateClosed ? null : state.VerdictSeq);
        }

        return decision.Events;
    }

    /// <summary>
    /// The checkpoint equals the fold of the journal at this point, so it comes after the other events of this signal.
    /// </summary>
    public static IReadOnlyList<Caused> End(GateState state, Stopped stopped, News news)
    {
        var decision = new Decision(state.Seq);
        var seq = decision.AddRepeats(news.RepeatsEnded) ?? state.Seq;
        decision.Add(new DaemonStopped(stopped.Why, (state with { Seq = seq }).Checkpoint));
        return decision.Events;
    }

    /// <summary>The value left by the last close of this boot, limited to the policy's range.</summary>
    private static TimeSpan OpenAfter(GateState state, Starting starting)
    {
        var policy = starting.Policy.Gate;
        var isSameBoot = starting.At.Since(state.Penalty.At) is not null;
        return isSameBoot switch
        {
            false => policy.OpenAfter,
            _ when state.OpenAfter < policy.OpenAfter => policy.OpenAfter,
            _ when state.OpenAfter > policy.OpenAfterMax => policy.OpenAfterMax,
            _ => state.OpenAfter,
        };
    }
}
