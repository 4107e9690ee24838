using System.Diagnostics;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>The state after an event. Each carried event type has its line here; the others change nothing.</summary>
internal static class GateFold
{
    public static GateState After(GateState state, Envelope envelope)
    {
        var seq = envelope.Seq;
        state = state with { Seq = seq };
        return envelope.Event switch
        {
            DaemonStarted e => AfterStart(state, envelope, e),
            ObservationChanged e => state with
            {
                LastInput = seq,
                Answer = e.Observation.HasAnswer ? e.Observation : state.Answer,
            },
            NodeStateChanged e => state with
            {
                NodeState = e.To,
                ProviderState = e.To.IsProviders() ? e.To : state.ProviderState,
            },
            VerdictChanged e => state with { Verdict = e.Verdict, VerdictSeq = seq },
            GateOpening => state with { Phase = GatePhase.Opening },
            GateOpened => AfterOpening(state, seq),
            GateAdopted e => AfterOpening(state, e.Opened),
            GateClosing => state with { Phase = GatePhase.Closing },
            GateClosed e => AfterClose(state, envelope, e),
            GateStayedOpen => state with { Phase = GatePhase.Open },
            GateStayedClosed => state with { Phase = ClosedPhase(state.Holds) },
            HoldPlaced e => state with
            {
                Holds = state.Holds | e.Hold,
                LastInput = seq,
                Phase = state.Phase == GatePhase.Closed ? GatePhase.Held : state.Phase,
            },
            HoldLifted e => state with
            {
                Holds = state.Holds & ~e.Hold,
                LastInput = seq,
                Phase = state.Holds == e.Hold ? GatePhase.Closed : state.Phase,
            },
            RedirectAdded e => AfterRedirect(Worked(state, e.Change), e.Change.Family, e.Change.Rule, isThere: true),
            RedirectRemoved e => AfterRedirect(Worked(state, e.Change), e.Change.Family, e.Change.Rule, isThere: false),
            RuleAdded e => Worked(state, e.Change),
            RuleRemoved e => Worked(state, e.Change),
            RedirectChangeFailed e => state with { Failures = state.Failures.With(e.Change.Family, e.Failure) },
            DriftFound { IsRedirect: true } e => AfterRedirect(state, e.Family, e.Rule, e.IsThere),
            ConnectionsReset => state with { ClientsOf = null },
            DiskProbed e => state with { DiskTrouble = e.Trouble, LastInput = seq },
            LeaseArmed e => state with { Leased = e.Opened, LeaseFailure = null },
            LeaseLapsed => state with { Leased = null, Opened = null, Adoptable = null },
            LeaseFailed e => state with { LeaseFailure = e.Why },
            // PolicyInForce keeps the policy in force; drift around the redirect does not change the state.
            DriftFound or PolicyChanged => state,
            _ when !EventTable.Of(envelope.Event).IsCarried => state,
            _ => throw new UnreachableException($"no fold for {envelope.Type}"),
        };
    }

    private static GateState AfterStart(GateState state, Envelope envelope, DaemonStarted started) => state with
    {
        Phase = ClosedPhase(state.Holds),
        Adoptable = state.Opened ?? state.Adoptable,
        Opened = null,
        // The previous daemon's lease does not count as this daemon's until this daemon has refreshed it.
        Leased = null,
        LeaseFailure = null,
        ClosedBy = envelope.Seq,
        ClosedAt = envelope.At,
        OpenAfter = started.OpenAfter,
        Verdict = null,
        // The daemon reports the disk's state itself; until then it is unknown.
        DiskTrouble = started.DiskProbe is true ? GateState.DiskUnknown : null,
    };

    private static GateState AfterOpening(GateState state, long opened) => state with
    {
        Phase = GatePhase.Open,
        Opened = opened,
        ClientsOf = opened,
        Adoptable = null,
    };

    private static GateState AfterClose(GateState state, Envelope envelope, GateClosed closed) => state with
    {
        Phase = ClosedPhase(state.Holds),
        Opened = null,
        Leased = null,
        ClosedBy = envelope.Seq,
        ClosedAt = envelope.At,
        OpenAfter = closed.OpenAfter,
        Penalty = new Penalty(closed.Penalty, envelope.At),
    };

    private static GateState AfterRedirect(GateState state, Family family, string rule, bool isThere)
    {
        var rules = state.Redirects.Of(family);
        return state with { Redirects = state.Redirects.With(family, isThere ? rules.Add(rule) : rules.Remove(rule)) };
    }

    private static GateState Worked(GateState state, RuleChange change) =>
        state with { Failures = state.Failures.With(change.Family, null) };

    private static GatePhase ClosedPhase(Holds holds) => holds == Holds.None ? GatePhase.Closed : GatePhase.Held;
}
