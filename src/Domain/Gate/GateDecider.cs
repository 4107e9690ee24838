using System.Diagnostics;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// The core of the daemon, in three pure functions: <see cref="Remember"/> updates what is counted,
/// <see cref="Decide"/> determines which events follow and why, <see cref="Evolve"/> folds an event into the state.
/// <see cref="Take"/> is one turn of all three. The same signals with the same times give the same events.
/// </summary>
public static class GateDecider
{
    public const string HeldReason = "held";
    public const string StoppedReason = "stopped";
    public const string LapsedReason = "lease-lapsed";

    /// <summary>One turn: the state, memory and events after a signal.</summary>
    public static (GateState State, GateMemory Memory, IReadOnlyList<Envelope> Events) Take(
        GateState state, GateMemory memory, Signal signal)
    {
        var news = News.Of(state, memory, signal);
        memory = Remember(state, memory, signal, news);
        var (view, committed) = (ViewOf(memory.Answer), memory.Answer?.Committed.Value);
        var envelopes = new List<Envelope>();
        foreach (var (@event, cause) in Decide(state, memory, signal, news))
        {
            var envelope = new Envelope(state.Seq + 1, signal.At, memory.Node, @event, cause, view, committed);
            envelopes.Add(envelope);
            state = Evolve(state, envelope);
        }

        return (state, memory, envelopes);
    }

    /// <summary>The memory after a signal. It counts and stores, and decides nothing.</summary>
    /// <param name="news">What is new in the signal.</param>
    public static GateMemory Remember(GateState state, GateMemory memory, Signal signal, News news)
    {
        memory = memory with { Granted = Redirect.Granted(state, memory) };
        memory = news.RepeatsEnded is null ? memory : memory.WithRepeatsFrom(signal.At);
        return signal switch
        {
            Starting starting => memory with
            {
                Policy = starting.Policy,
                Synced = starting.Recorded,
                Families = starting.Families,
                Lease = starting.Lease,
            },
            PolicyLoaded loaded => memory with { Policy = loaded.Policy },
            Observed observed => RememberObservation(state, memory, observed, news.Sight!),
            RedirectReported reported => memory with
            {
                InPlace = memory.InPlace.SetItem(reported.Family, reported.Opened),
            },
            JournalSynced synced => memory with { Synced = Math.Max(memory.Synced, synced.Seq), JournalTrouble = null },
            JournalUnavailable unavailable => memory with { JournalTrouble = unavailable.Why },
            // Observations made during a hold do not count towards opening. Releasing a hold that does not exist
            // changes nothing.
            HoldReleased hold when state.Holds.HasFlag(hold.Hold) => memory with { Run = default },
            Stopping => memory with { Stopping = true },
            // Observations from before the lapse do not count: nothing was observed in between.
            LeaseRanOut lapsed when lapsed.Opened == state.Opened => memory with { Run = default },
            Stalled => memory with { StalledAt = signal.At, Run = memory.Run.Fit ? default : memory.Run },
            RedirectChanged or HoldRequested or HoldReleased or LeaseRefreshed or LeaseRanOut or LeaseRefused => memory,
            DiskChanged or ClientsReset or EventsDropped or ShippingRefused or NoteWritten or Stopped => memory,
            _ => throw new UnreachableException($"no memory of {signal.GetType().Name}"),
        };
    }

    /// <summary>The events that a signal causes, in order, each with its cause.</summary>
    /// <param name="memory">The memory, already updated with this signal.</param>
    /// <param name="news">What is new in the signal.</param>
    public static IReadOnlyList<Caused> Decide(GateState state, GateMemory memory, Signal signal, News news) =>
        signal switch
        {
            Starting starting => DaemonDecisions.Start(state, starting),
            PolicyLoaded => DaemonDecisions.TakeOver(news.Settings),
            Stalled stalled => DaemonDecisions.StandStill(state, memory, stalled, news),
            Stopping stopping => DaemonDecisions.Stop(state, memory, stopping, news),
            Stopped stopped => DaemonDecisions.End(state, stopped, news),
            Observed observed => NodeDecisions.Observe(state, memory, observed, news),
            RedirectReported reported => RuleDecisions.Find(state, memory, reported),
            RedirectChanged changed => RuleDecisions.Change(state, changed.Result),
            LeaseRefreshed lease => LeaseDecisions.Refresh(state, lease),
            LeaseRanOut lapsed => LeaseDecisions.Lapse(state, memory, lapsed),
            LeaseRefused refused => LeaseDecisions.Fail(state, refused),
            HoldRequested hold => HoldDecisions.Place(state, memory, hold),
            HoldReleased hold => HoldDecisions.Lift(state, memory, hold),
            DiskChanged disk when disk.Trouble != state.DiskTrouble => [new(new DiskProbed(disk.Trouble))],
            ClientsReset reset when reset.Opened == state.ClientsOf && !state.Phase.LetsTrafficIn() =>
                [new(new ConnectionsReset(reset.Opened, reset.Count, reset.Failure), state.ClosedBy)],
            EventsDropped dropped => [new(new AuditGap(dropped.First, dropped.Last, dropped.Why))],
            NoteWritten note => [new(new Annotated(note.About, note.By, note.Text), note.About)],
            ShippingRefused refused => [new(new ArchiveRefused(refused.Why))],
            _ => [],
        };

    /// <summary>The state after an event.</summary>
    public static GateState Evolve(GateState state, Envelope envelope) => GateFold.After(state, envelope);

    /// <summary>The event that records a fact.</summary>
    public static AuditEvent EventOf(RuleFact fact) => RuleDecisions.EventOf(fact);

    private static GateMemory RememberObservation(
        GateState state, GateMemory memory, Observed observed, Sight sight)
    {
        var (observation, isFit) = (observed.Observation, sight.Judged.Under(Holds.None).IsFit);
        memory = memory with
        {
            Latest = observation,
            GoneSince = memory.GoneSince ?? (observation.Error == ProbeError.Refused ? memory.ObservedAt : null),
            ObservedAt = observed.At,
            Judged = sight.Judged,
            Run = RunAfter(memory, observed.At, isFit, sight.Restart is not null),
            Repeats = new ObservationHeld(sight.IsChange ? 0 : memory.Repeats.Count + 1, observed.At),
            FitSeen = memory.FitSeen || isFit,
            UnfitSeen = memory.UnfitSeen || sight.Judged.ShowsUnfit,
        };
        return !observation.HasAnswer ? memory : memory with
        {
            Answer = observation,
            // A server that has restarted names its provider later.
            Provider = observation.NamedProvider ?? (sight.Restart is null ? memory.Provider : null),
            StillInconsistent = sight.IsAfterRestart
                && state.ProviderState == NodeState.Inconsistent
                && observation.NodeState is NodeState.Inconsistent or NodeState.Unknown,
            GoneSince = null,
            ReplicatedAt = Fitness.Replicates(observation, memory.Policy.Fitness) ? observed.At : memory.ReplicatedAt,
            MarksPassed = sight.Judged.Server.Reasons & Fitness.MarkReasons,
        };
    }

    /// <summary>
    /// Only an uninterrupted series of observations proves fitness: none from before a stall counts, and none from
    /// before a restart, even if no observation was made during it.
    /// </summary>
    private static RunLength RunAfter(GateMemory memory, Instant at, bool isFit, bool isRestart)
    {
        var isFromBeforeStall = at.Since(memory.StalledAt ?? at) < TimeSpan.Zero;
        return (isFit, isFromBeforeStall, isRestart) switch
        {
            (true, true, _) => default,
            (true, _, true) => default(RunLength).Next(fit: true, at),
            _ => memory.Run.Next(isFit, at),
        };
    }

    /// <summary>
    /// The provider prints an unsigned -1 while there is no primary component; then the node has no view.
    /// </summary>
    private static ulong? ViewOf(Observation? answer) =>
        answer?.View.Value is { } view and not ulong.MaxValue ? view : null;
}
