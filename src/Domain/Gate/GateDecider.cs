using System.Collections.Immutable;
using System.Diagnostics;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// The heart of the daemon, in three pure functions: <see cref="Remember"/> counts what came, <see cref="Decide"/> says what therefore happens,
/// <see cref="Evolve"/> folds it. <see cref="Take"/> is one turn of all three. The same signals with the same times give the same events.
/// </summary>
public static class GateDecider
{
    public const string StoppedReason = "stopped";
    public const string LapsedReason = "lease-lapsed";

    /// <summary>One turn: state, memory and events after the signal.</summary>
    public static (GateState State, GateMemory Memory, IReadOnlyList<Envelope> Events) Take(GateState state, GateMemory memory, Signal signal)
    {
        memory = Remember(state, memory, signal);
        var envelopes = new List<Envelope>();
        foreach (var @event in Decide(state, memory, signal))
        {
            var cause = (signal, @event) switch
            {
                (_, DriftMended) => envelopes.LastOrDefault(one => one.Event is DriftFound)?.Seq,
                (RedirectChanged changed, not DriftFound) => changed.Result.Cause,
                _ => CauseOf(state, @event),
            };
            var envelope = new Envelope(state.Seq + 1, signal.At, memory.Node, @event, cause, ViewOf(memory.Answer), memory.Answer?.Committed.Value);
            envelopes.Add(envelope);
            state = Evolve(state, envelope);
        }

        return (state, memory, envelopes);
    }

    public static GateMemory Remember(GateState state, GateMemory memory, Signal signal)
    {
        memory = memory with { Changed = false, RepeatsEnded = null, Granted = Redirect.Granted(state, memory) };
        return signal switch
        {
            Starting starting => memory with
            {
                Policy = starting.Policy,
                Synced = starting.Recorded,
                Families = starting.Families,
                Lease = starting.Lease,
            },
            PolicyLoaded loaded => memory with { PolicyBefore = memory.Policy, Policy = loaded.Policy },
            Observed observed => RememberObservation(state, memory, observed),
            RedirectReported reported => memory with { InPlace = memory.InPlace.SetItem(reported.Family, reported.Opened) },
            JournalSynced synced => memory with { Synced = Math.Max(memory.Synced, synced.Seq), JournalTrouble = null },
            JournalUnavailable unavailable => memory with { JournalTrouble = unavailable.Why },
            // What was seen while it was held earns nothing; a release of what is not held is none.
            HoldReleased hold when state.Holds.HasFlag(hold.Hold) => memory with { Run = default },
            Stopping => EndRepeats(memory with { Stopping = true }, signal.At),
            Stopped => EndRepeats(memory, signal.At),
            // What was seen before earns nothing: nobody looked since.
            LeaseRanOut lapsed when lapsed.Opened == state.Opened => memory with { Run = default },
            Stalled => EndRepeats(
                memory with { StalledAt = signal.At, Run = memory.Run.Fit ? default : memory.Run }, signal.At),
            RedirectChanged or HoldRequested or HoldReleased or LeaseRefreshed or LeaseRanOut or LeaseRefused => memory,
            DiskChanged or ClientsReset or EventsDropped or ShippingRefused or NoteWritten => memory,
            _ => throw new UnreachableException($"no memory of {signal.GetType().Name}"),
        };
    }

    public static IReadOnlyList<AuditEvent> Decide(GateState state, GateMemory memory, Signal signal) => signal switch
    {
        Starting starting => DecideStart(state, starting),
        PolicyLoaded => DecidePolicy(memory),
        Observed observed => DecideObservation(state, memory, observed),
        RedirectReported reported =>
            [.. Drift(state, reported.Family, reported.Found), .. IsAdopted(state, memory, reported) ? GateMoves.Move(state, memory, signal.At, GateTrigger.Adopt, "") : []],
        LeaseRefreshed lease when lease.Opened == state.Opened && (lease.Opened != state.Leased || state.LeaseFailure is not null) =>
            [new LeaseArmed(lease.Opened, lease.Length)],
        LeaseRanOut lapsed when lapsed.Opened == state.Opened =>
            [new LeaseLapsed(lapsed.Unrefreshed), .. GateMoves.Move(state, memory, signal.At, GateTrigger.Lapse, LapsedReason)],
        LeaseRefused refused when refused.Why != state.LeaseFailure => [new LeaseFailed(refused.Why)],
        Stalled stalled => [.. EndedRepeats(memory), new LoopStalled(stalled.Lasted)],
        DiskChanged disk when disk.Trouble != state.DiskTrouble => [new DiskProbed(disk.Trouble)],
        ClientsReset reset when reset.Opened == state.ClientsOf && !state.Phase.LetsTrafficIn() => [new ConnectionsReset(reset.Opened, reset.Count, reset.Failure)],
        EventsDropped dropped => [new AuditGap(dropped.First, dropped.Last, dropped.Why)],
        NoteWritten note => [new Annotated(note.About, note.By, note.Text)],
        ShippingRefused refused => [new ArchiveRefused(refused.Why)],
        HoldRequested hold when !state.Holds.HasFlag(hold.Hold) =>
        [
            new HoldPlaced(hold.Hold, hold.By, hold.Why),
            .. Judge(state, state.Verdict?.With(Reasons.Held)),
            .. GateMoves.Move(state, memory, signal.At, GateTrigger.Hold, "held"),
        ],
        HoldReleased hold when state.Holds.HasFlag(hold.Hold) =>
            [new HoldLifted(hold.Hold, hold.By), .. state.Holds == hold.Hold ? Judge(state, memory.Verdict) : []],
        RedirectChanged { Result: var result } =>
        [
            .. Drift(state, result.Family, result.Found),
            .. result.IsMend ? DriftAround(result) : [],
            .. result.Events.Where(@event => !IsKnownFailure(state, @event)),
            .. result is { IsMend: true, Elapsed: { } elapsed } ? [new DriftMended(result.Family, result.Events.Count, elapsed)] : Array.Empty<AuditEvent>(),
        ],
        Stopping stopping =>
            [.. EndedRepeats(memory), .. stopping.KeepRedirect ? [] : GateMoves.Move(state, memory, signal.At, GateTrigger.Stop, StoppedReason)],
        Stopped stopped => DecideStopped(state, EndedRepeats(memory), stopped),
        _ => [],
    };

    public static GateState Evolve(GateState state, Envelope envelope)
    {
        var seq = envelope.Seq;
        state = state with { Seq = seq };
        return envelope.Event switch
        {
            DaemonStarted e => state with
            {
                Phase = state.Holds == Holds.None ? GatePhase.Closed : GatePhase.Held,
                Adoptable = state.Opened ?? state.Adoptable,
                Opened = null,
                // The lease of the daemon before is not this one's until it has refreshed it.
                Leased = null,
                LeaseFailure = null,
                ClosedBy = seq,
                ClosedAt = envelope.At,
                OpenAfter = e.OpenAfter,
                Verdict = null,
                // What it sees of the disk it tells itself; until then nothing is known of it.
                DiskTrouble = e.DiskProbe is true ? GateState.DiskUnknown : null,
            },
            ObservationChanged e => state with
            {
                LastInput = seq,
                Answer = e.Observation.Error == ProbeError.None ? e.Observation : state.Answer,
            },
            NodeStateChanged e => state with { NodeState = e.To, ProviderState = e.To.IsProviders() ? e.To : state.ProviderState },
            VerdictChanged e => state with { Verdict = e.Verdict, VerdictSeq = seq },
            GateOpening => state with { Phase = GatePhase.Opening },
            GateOpened => state with { Phase = GatePhase.Open, Opened = seq, ClientsOf = seq, Adoptable = null },
            GateAdopted e => state with { Phase = GatePhase.Open, Opened = e.Opened, ClientsOf = e.Opened, Adoptable = null },
            GateClosing => state with { Phase = GatePhase.Closing },
            GateClosed e => state with
            {
                Phase = ClosedPhase(state.Holds),
                Opened = null,
                Leased = null,
                ClosedBy = seq,
                ClosedAt = envelope.At,
                OpenAfter = e.OpenAfter,
                Penalty = new Penalty(e.Penalty, envelope.At),
            },
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
            RedirectAdded e => Worked(EvolveRedirects(state, e.Change.Family, e.Change.Rule, isThere: true), e.Change),
            RedirectRemoved e => Worked(EvolveRedirects(state, e.Change.Family, e.Change.Rule, isThere: false), e.Change),
            RuleAdded e => Worked(state, e.Change),
            RuleRemoved e => Worked(state, e.Change),
            DriftFound { IsRedirect: true } e => EvolveRedirects(state, e.Family, e.Rule, e.IsThere),
            ConnectionsReset => state with { ClientsOf = null },
            DiskProbed e => state with { DiskTrouble = e.Trouble, LastInput = seq },
            RedirectChangeFailed e => state with { Failures = state.Failures.With(e.Change.Family, FailureText(e)) },
            LeaseArmed e => state with { Leased = e.Opened, LeaseFailure = null },
            LeaseLapsed => state with { Leased = null, Opened = null, Adoptable = null },
            LeaseFailed e => state with { LeaseFailure = e.Why },
            DriftFound or DriftMended or DaemonStopped or LoopStalled or AuditGap or ArchiveRefused or Annotated or PolicyChanged or JournalRepaired or ObservationHeld or ServerRestarted or UnknownEvent => state,
            _ => throw new UnreachableException($"no fold for {envelope.Type}"),
        };
    }

    /// <summary>What differs is recorded; the gate itself waits for the next observation, which is judged by the new policy.</summary>
    private static IReadOnlyList<AuditEvent> DecidePolicy(GateMemory memory)
    {
        var changes = memory.Policy.ChangesFrom(memory.PolicyBefore!);
        return changes.Count > 0 ? [new PolicyChanged(changes)] : [];
    }

    private static GateMemory RememberObservation(GateState state, GateMemory memory, Observed observed)
    {
        var (at, observation) = (observed.At, observed.Observation);
        var judged = Fitness.Judge(observation, memory.Policy.Fitness, memory.MarksPassed);
        var verdict = judged.With(state.DiskTrouble is null ? Reasons.None : Reasons.Disk);
        var answered = observation.Error == ProbeError.None;
        var restarted = answered && memory.Answer is { } before && observation.ShowsRestartSince(before);
        var changed = observation.DiffersFrom(memory.Latest)
            || verdict.With(Reasons.Disk) != memory.Verdict?.With(Reasons.Disk)
            || restarted;
        var fromBeforeStall = at.Since(memory.StalledAt ?? at) < TimeSpan.Zero;
        memory = changed || at.Since(memory.RepeatsSince) > GateMemory.RepeatsRecordedEvery ? EndRepeats(memory, at) : memory;
        return memory with
        {
            Changed = changed,
            Latest = observation,
            ObservedAt = at,
            Verdict = verdict,
            MarksPassed = answered ? verdict.Reasons & Fitness.MarkReasons : memory.MarksPassed,
            Answer = answered ? observation : memory.Answer,
            AnswerBefore = answered ? memory.Answer : memory.AnswerBefore,
            // Fitness is what was watched: none from before a stall, and none across a restart that no observation fell
            // into.
            Run = (verdict.IsFit, fromBeforeStall, restarted) switch
            {
                (true, true, _) => default,
                (true, _, true) => default(RunLength).Next(fit: true, at),
                _ => memory.Run.Next(verdict.IsFit, at),
            },
            Repeats = changed ? new ObservationHeld(0, at) : new ObservationHeld(memory.Repeats.Count + 1, at),
            FitSeen = memory.FitSeen || verdict.IsFit,
            UnfitSeen = memory.UnfitSeen || !(state.DiskTrouble == GateState.DiskUnknown ? judged : verdict).IsFit,
        };
    }

    private static GateMemory EndRepeats(GateMemory memory, Instant at) => memory with
    {
        RepeatsEnded = memory.Repeats.Count > 0 ? memory.Repeats : null,
        Repeats = new ObservationHeld(0, at),
        RepeatsSince = at,
    };

    private static IReadOnlyList<AuditEvent> EndedRepeats(GateMemory memory) => memory.RepeatsEnded is { } held ? [held] : [];

    private static IReadOnlyList<AuditEvent> DecideStart(GateState state, Starting starting)
    {
        var policy = starting.Policy.Gate;
        var left = starting.At.Since(state.Penalty.At) is null ? TimeSpan.Zero : state.OpenAfter;
        var openAfter = left < policy.OpenAfter ? policy.OpenAfter : left < policy.OpenAfterMax ? left : policy.OpenAfterMax;
        return
        [
            new DaemonStarted(
                starting.Version, starting.Policy.Settings, openAfter, starting.Lease, starting.DiskProbe ? true : null),
            .. starting.Repair is { } repair ? [repair] : Array.Empty<AuditEvent>(),
            .. starting.Lease is not null && !starting.LeaseLives && (state.Opened ?? state.Adoptable) is not null ? [new LeaseLapsed(null)] : Array.Empty<AuditEvent>(),
        ];
    }

    private static IReadOnlyList<AuditEvent> DecideObservation(GateState state, GateMemory memory, Observed observed)
    {
        var observation = observed.Observation;
        var restarted = observation.Error == ProbeError.None
            && (memory.AnswerBefore ?? state.Answer) is { } before
            && observation.ShowsRestartSince(before);
        var step = NodeTransitions.Step(state.NodeState, state.ProviderState, observation.NodeState, restarted);
        var verdict = memory.Verdict!.Value;
        // A daemon that ends closes its gate as ever, and opens none.
        var moves = memory.Stopping && !state.Phase.LetsTrafficIn()
            ? []
            : GateMoves.Move(
                state, memory, observed.At, GateMoves.TriggerOf(state, memory, observed.At), verdict.Headline);
        return
        [
            .. EndedRepeats(memory),
            .. memory.Changed ? [new ObservationChanged(observation)] : ImmutableArray<AuditEvent>.Empty,
            .. restarted ? [new ServerRestarted(observation.Uptime.Value)] : ImmutableArray<AuditEvent>.Empty,
            .. step.To != state.NodeState ? [new NodeStateChanged(state.NodeState, step.To, step.Class, step.Path)] : ImmutableArray<AuditEvent>.Empty,
            .. Judge(state, state.Holds == Holds.None ? verdict : verdict.With(Reasons.Held)),
            .. moves,
        ];
    }

    /// <summary>The checkpoint is of the state that folding the journal gives there: after what is recorded before it.</summary>
    private static IReadOnlyList<AuditEvent> DecideStopped(GateState state, IReadOnlyList<AuditEvent> ended, Stopped stopped) =>
        [.. ended, new DaemonStopped(stopped.Why, (state with { Seq = state.Seq + ended.Count }).Checkpoint)];

    private static IEnumerable<AuditEvent> Judge(GateState state, Verdict? verdict) =>
        verdict is { } judged && verdict != state.Verdict ? [new VerdictChanged(judged)] : [];

    private static bool IsAdopted(GateState state, GateMemory memory, RedirectReported reported) =>
        state.Adoptable is { } opened && reported.Opened == opened && !memory.UnfitSeen && !memory.Stopping;

    /// <summary>Where the tables do not hold what the events say.</summary>
    private static IEnumerable<AuditEvent> Drift(GateState state, Family family, IReadOnlyList<string>? found)
    {
        if (found is null)
        {
            return [];
        }

        var (recorded, there) = (state.Redirects.Of(family), new RuleSet(found));
        return
        [
            .. there.MissingFrom(recorded).Select(rule => new DriftFound(family, rule, IsThere: false)),
            .. recorded.MissingFrom(there).Select(rule => new DriftFound(family, rule, IsThere: true)),
        ];
    }

    /// <summary>What stands around the redirect and had to be mended.</summary>
    private static IEnumerable<AuditEvent> DriftAround(RedirectResult result) => result.Events.SelectMany(@event => @event switch
    {
        RuleAdded e => [new DriftFound(result.Family, e.Change.Rule, IsThere: false, IsRedirect: false)],
        RuleRemoved e => [new DriftFound(result.Family, e.Change.Rule, IsThere: true, IsRedirect: false)],
        _ => Array.Empty<AuditEvent>(),
    });

    private static GateState EvolveRedirects(GateState state, Family family, string rule, bool isThere)
    {
        var rules = state.Redirects.Of(family);
        return state with { Redirects = state.Redirects.With(family, isThere ? rules.Add(rule) : rules.Remove(rule)) };
    }

    private static GateState Worked(GateState state, RuleChange change) =>
        state with { Failures = state.Failures.With(change.Family, null) };

    private static GatePhase ClosedPhase(Holds holds) => holds == Holds.None ? GatePhase.Closed : GatePhase.Held;

    private static bool IsKnownFailure(GateState state, AuditEvent @event) =>
        @event is RedirectChangeFailed failed && state.Failures.Of(failed.Change.Family) == FailureText(failed);

    private static string FailureText(RedirectChangeFailed failed) => $"{failed.Change.ExitCode}: {failed.StandardError}";

    /// <summary>What led to an event: the verdict to what the gate does, the last input to what is made of it.</summary>
    private static long? CauseOf(GateState state, AuditEvent @event) => @event switch
    {
        NodeStateChanged or ServerRestarted or VerdictChanged => state.LastInput,
        GateAdopted adopted => adopted.Opened,
        Annotated note => note.About,
        ConnectionsReset => state.ClosedBy,
        LeaseArmed armed => armed.Opened,
        LeaseLapsed => state.Opened ?? state.Adoptable,
        GateClosed { Reason: LapsedReason } => state.Seq,
        GateClosed { Reason: StoppedReason } => null,
        GateOpening or GateOpened or GateClosing or GateClosed or GateStayedOpen or GateStayedClosed => state.VerdictSeq,
        _ => null,
    };

    /// <summary>The provider prints an unsigned -1 while there is no primary component: then the node has no view.</summary>
    private static ulong? ViewOf(Observation? answer) => answer?.View.Value is { } view and not ulong.MaxValue ? view : null;
}
