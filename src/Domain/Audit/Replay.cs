using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>
/// Runs the decider again over what one node's daemons recorded: polls, operator commands, restarts. Polls that
/// repeated are recorded with their count and the time of the last one, so the replay spaces them evenly. If the daemon
/// decided something at a poll, that poll is replayed at exactly its time. The replay assumes that the last observation
/// before a kill went on repeating at the same pace until the last event that the daemon wrote.
/// </summary>
public sealed class Replay
{
    private static readonly TimeSpan UsualInterval = TimeSpan.FromMilliseconds(250);

    private readonly Func<Policy, Policy> _change;
    private readonly List<Envelope> _since = [];
    private readonly List<GateChange> _changes = [];
    private GateState _state = new();
    private GateMemory _memory = new("replay", Policy.Default);
    private Policy _recorded = Policy.Default;
    private ObservationChanged? _seen;
    private Instant _seenAt;
    private TimeSpan _interval = UsualInterval;

    private Replay(Func<Policy, Policy> change) => _change = change;

    /// <summary>The gate changes that another policy would have made.</summary>
    /// <param name="change">Makes the policy to try from the one that was in force.</param>
    public static IReadOnlyList<GateChange> Run(IEnumerable<Envelope> events, Func<Policy, Policy> change)
    {
        var replay = new Replay(change);
        foreach (var envelope in events)
        {
            replay.Take(envelope);
        }

        replay.Repeat(null);
        return replay._changes;
    }

    /// <summary>
    /// The gate changes that were recorded. A daemon that adopted an open gate, or started with a closed one, changed
    /// nothing.
    /// </summary>
    public static IEnumerable<GateChange> Recorded(IEnumerable<Envelope> events)
    {
        var open = false;
        foreach (var envelope in events)
        {
            if (ChangeOf(envelope) is { } change && change.Open != open)
            {
                open = change.Open;
                yield return change;
            }
        }
    }

    private static GateChange? ChangeOf(Envelope envelope) => envelope.Event switch
    {
        GateOpened e => new GateChange(envelope.At, true, e.Reason),
        GateClosed e => new GateChange(envelope.At, false, e.Reason),
        _ => null,
    };

    private void Take(Envelope envelope)
    {
        switch (envelope.Event)
        {
            case ObservationHeld held:
                Repeat(held);
                break;
            case ObservationChanged seen:
                Repeat(null);
                (_seen, _seenAt) = (seen, envelope.At);
                Tell(new Observed(envelope.At, seen.Observation));
                break;
            case DaemonStarted started:
                Repeat(null);
                _seen = null;
                _recorded = Policy.Create(started.Policy);
                _memory = new GateMemory("replay", _change(_recorded));
                var (version, disk) = (started.Version, started.DiskProbe is true);
                Tell(new Starting(envelope.At, version, _change(_recorded), long.MaxValue, [], null, DiskProbe: disk));
                break;
            case LoopStalled stalled:
                // ObservationHeld has accounted for its polls up to here; the later ones follow it.
                Repeat(new ObservationHeld(0, envelope.At));
                Tell(new Stalled(envelope.At, stalled.Lasted));
                break;
            default:
                _since.Add(envelope);
                break;
        }
    }

    /// <summary>
    /// Replays the repetitions of the last observation together with the other signals of that period, in order of
    /// time.
    /// </summary>
    private void Repeat(ObservationHeld? held)
    {
        // A poll has no event.
        var told = _since.Select(envelope => (envelope.At, Event: (Envelope?)envelope)).ToList();
        if (_seen is not null)
        {
            var end = held?.Until ?? (_since.Count > 0 ? _since[^1].At : _seenAt);
            var lasted = end.Since(_seenAt) ?? TimeSpan.Zero;

            // The time of a poll that led to a decision is known to the microsecond. It replaces the evenly spaced poll
            // nearest to it.
            var decisions = _since
                .Where(envelope => IsDecision(envelope.Event) && envelope.At != _seenAt)
                .Select(envelope => envelope.At)
                .Distinct()
                .ToList();
            var count = (int)Math.Max(held?.Count ?? (long)(lasted / _interval), decisions.Count);
            if (held is { Count: > 0 } && lasted > TimeSpan.Zero)
            {
                _interval = lasted / held.Count;
            }

            var polls = Enumerable.Range(1, count).Select(i => Later(_seenAt, lasted * ((double)i / count))).ToList();
            var free = Enumerable.Range(0, count).ToHashSet();
            foreach (var decided in decisions)
            {
                var nearest = free.MinBy(index => (polls[index].Monotonic - decided.Monotonic).Duration());
                _ = free.Remove(nearest);
                polls[nearest] = decided;
            }

            told.AddRange(polls.Select(at => (at, (Envelope?)null)));
            _seenAt = end;
        }

        foreach (var (at, envelope) in told.OrderBy(one => one.At.Monotonic))
        {
            // Which signal an event was depends on the state at its time.
            if ((envelope is null ? new Observed(at, _seen!.Observation) : SignalOf(envelope)) is { } signal)
            {
                Tell(signal);
            }
        }

        _since.Clear();
    }

    private Signal? SignalOf(Envelope envelope) => envelope.Event switch
    {
        HoldPlaced e => new HoldRequested(envelope.At, e.Hold, e.By, e.Why),
        HoldLifted e => new HoldReleased(envelope.At, e.Hold, e.By),
        PolicyChanged e => new PolicyLoaded(envelope.At, _change(_recorded = _recorded.With(e.Changes))),
        DiskProbed e => new DiskChanged(envelope.At, e.Trouble),
        // The daemon stalled, whatever the policy was.
        GateClosed { Reason: GateDecider.LapsedReason } => new LeaseRanOut(envelope.At, _state.Opened ?? 0, null),
        // The replay does not simulate the rules: whatever was found in place then is found in place now.
        GateAdopted => new RedirectReported(envelope.At, Family.Ipv4, _state.Adoptable, null),
        // A stop closes the gate, unless it was open then and was left to the next daemon.
        GateClosed { Reason: GateDecider.StoppedReason } or GateStayedClosed { Reason: GateDecider.StoppedReason }
            or DaemonStopped { Checkpoint.Opened: null } => new Stopping(envelope.At, KeepRedirect: false),
        _ => null,
    };

    /// <summary>A hold, a stop and a lapse are not decided at a poll.</summary>
    private static bool IsDecision(AuditEvent @event) =>
        @event is GateOpening or GateOpened or GateClosing or GateStayedOpen
            or GateStayedClosed { Reason: not (GateDecider.HeldReason or GateDecider.StoppedReason) }
            or GateClosed { Planned: false, Reason: not GateDecider.LapsedReason };

    private static Instant Later(Instant instant, TimeSpan by) =>
        instant with { Utc = instant.Utc + by, Monotonic = instant.Monotonic + by };

    private void Tell(Signal signal)
    {
        var wasOpen = _changes.Count > 0 && _changes[^1].Open;
        (_state, _memory, var events) = GateDecider.Take(_state, _memory, signal);
        foreach (var envelope in events)
        {
            if (ChangeOf(envelope) is { } change && change.Open != wasOpen)
            {
                wasOpen = change.Open;
                _changes.Add(change);
            }
        }
    }
}
