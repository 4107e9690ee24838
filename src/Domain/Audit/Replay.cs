using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>
/// Runs the decider again over what one node's daemons recorded: the polls, the operators, the restarts. A poll that
/// repeated is recorded with how often it did and until when, so the polls come back evenly spaced between; a decision
/// of the time was made at a poll, and that poll comes back at its very moment. What a killed daemon saw last is taken
/// to have repeated, at the pace it had, until the last event it wrote.
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
    /// <param name="change">Makes the policy to try of the one that was in force.</param>
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
    /// The gate changes that were made. A daemon that took the open gate over, or found it closed, changed nothing.
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
                // Its polls before were told by ObservationHeld; those to come are after it.
                Repeat(new ObservationHeld(0, envelope.At));
                Tell(new Stalled(envelope.At, stalled.Lasted));
                break;
            default:
                _since.Add(envelope);
                break;
        }
    }

    /// <summary>
    /// Tells what the last observation repeated to, and what else happened meanwhile, in the order of their times.
    /// </summary>
    private void Repeat(ObservationHeld? held)
    {
        var told = _since
            .Select(envelope => (envelope.At, Signal: SignalOf(envelope)))
            .Where(one => one.Signal is not null)
            .ToList();
        if (_seen is { } seen)
        {
            var end = held?.Until ?? (_since.Count > 0 ? _since[^1].At : _seenAt);
            var lasted = end.Since(_seenAt) ?? TimeSpan.Zero;
            var count = held?.Count ?? (long)(lasted / _interval);
            if (held is { Count: > 0 } && lasted > TimeSpan.Zero)
            {
                _interval = lasted / held.Count;
            }

            var polls = new List<Instant>();
            for (var i = 1L; i <= count; i++)
            {
                polls.Add(Later(_seenAt, lasted * ((double)i / count)));
            }

            // The poll at which something was decided is known to the microsecond: it takes the place of the one
            // nearest to it.
            var free = Enumerable.Range(0, polls.Count).ToHashSet();
            var decisions = _since
                .Where(envelope => IsDecision(envelope.Event) && envelope.At != _seenAt)
                .Select(envelope => envelope.At)
                .Distinct();
            foreach (var decided in decisions.TakeWhile(_ => free.Count > 0))
            {
                var nearest = free.MinBy(index => (polls[index].Monotonic - decided.Monotonic).Duration());
                _ = free.Remove(nearest);
                polls[nearest] = decided;
            }

            told.AddRange(polls.Select(at => (at, (Signal?)new Observed(at, seen.Observation))));
            (_seen, _seenAt) = (seen, end);
        }

        foreach (var (_, signal) in told.OrderBy(one => one.At.Monotonic))
        {
            Tell(signal!);
        }

        _since.Clear();
    }

    private Signal? SignalOf(Envelope envelope) => envelope.Event switch
    {
        HoldPlaced e => new HoldRequested(envelope.At, e.Hold, e.By, e.Why),
        HoldLifted e => new HoldReleased(envelope.At, e.Hold, e.By),
        PolicyChanged e => new PolicyLoaded(envelope.At, _change(_recorded = _recorded.With(e.Changes))),
        DiskProbed e => new DiskChanged(envelope.At, e.Trouble),
        // Whatever the policy, the daemon stood still.
        LeaseLapsed e => new LeaseRanOut(envelope.At, _state.Opened ?? 0, e.Unrefreshed),
        // The rules themselves are no part of this: what was found in place then is found in place now.
        GateAdopted => new RedirectReported(envelope.At, Family.Ipv4, _state.Adoptable, null),
        GateClosed { Reason: GateDecider.StoppedReason } => new Stopping(envelope.At, KeepRedirect: false),
        _ => null,
    };

    private static bool IsDecision(AuditEvent @event) =>
        @event is GateOpening or GateOpened or GateClosing or GateStayedOpen or GateStayedClosed
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
