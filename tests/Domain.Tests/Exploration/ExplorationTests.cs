using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Domain.Tests.Properties;
using Xunit.Abstractions;

namespace GaleraGate.Domain.Tests.Exploration;

/// <summary>
/// Small worlds in full: every state that can be reached, with every signal, to a fixed point; and every short sequence
/// of verdicts.
/// </summary>
public sealed class ExplorationTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_node_state_is_reached_and_every_trigger_leads_somewhere() =>
        MustBeWhole(NodeTransitions.Table, NodeState.Unknown);

    [Fact]
    public void Every_phase_is_reached_and_every_trigger_leads_somewhere() =>
        MustBeWhole(GateTransitions.Table, GatePhase.Closed);

    /// <summary>
    /// The real decider, with time reduced to the thresholds that matter: whether close-after, open-after and the
    /// larger of them have passed. Two situations count as one when no later decision can distinguish them.
    /// </summary>
    [Theory]
    [InlineData(1, 1, true, "")]
    [InlineData(2, 2, false, "")]
    [InlineData(3, 2, false, "")]
    [InlineData(3, 3, false, "")]
    [InlineData(2, 2, false, "last-resort")]
    [InlineData(2, 2, false, "replica-grace")]
    public void Every_reachable_situation_keeps_the_invariants(
        int rise, int fall, bool probesDisk, string option)
    {
        var policy = PolicyOf(rise, fall, option);
        var fit = Kind.All[KindsOf(option)[0]];
        var seen = new HashSet<string>();
        var phases = new HashSet<GatePhase>();
        var queue = new Queue<(GateState State, GateMemory Memory, double Now)>();
        var edges = 0;
        var start = new Play(policy, Family.Ipv4);
        var left = new Play(policy, Family.Ipv4);
        foreach (var second in Enumerable.Range(1, 4))
        {
            left.Take(new Observed(Given.Second(second), fit));
        }

        Enqueue(start.State, start.Memory, 0);

        // Also a daemon that was killed with its gate open: its successor may adopt the gate, and may probe the data
        // disk.
        foreach (var disk in new[] { false, probesDisk }.Distinct())
        {
            var successor = new Play(left.State, policy, Given.Second(4), Family.Ipv4);
            var at = Given.Second(4);
            successor.Take(new Starting(at, "1.0", policy, left.State.Seq, [Family.Ipv4], null, DiskProbe: disk));
            Enqueue(successor.State, successor.Memory, 4);
        }

        while (queue.TryDequeue(out var from))
        {
            foreach (var wait in new[] { 0.1, 0.6, 1.1, 2.1, 200 })
            {
                var now = from.Now + wait;
                var signals = Signals(KindsOf(option), from.State, Given.Second(now));
                foreach (var signal in signals.Where(signal => probesDisk || signal is not DiskChanged))
                {
                    edges++;
                    var (state, memory, events) = GateDecider.Take(from.State, from.Memory, signal);
                    MustHold(from.State, from.Memory, state, memory, signal, events);
                    Enqueue(state, memory, now);
                }
            }
        }

        output.WriteLine($"rise {rise}, fall {fall} {option}: {seen.Count} situations, {edges} edges");
        Assert.Equal(Enum.GetValues<GatePhase>(), phases.Order());

        void Enqueue(GateState state, GateMemory memory, double now)
        {
            if (seen.Add(Situation(state, memory, Given.Second(now), policy)))
            {
                phases.Add(state.Phase);
                queue.Enqueue((state, memory, now));
            }
        }
    }

    /// <summary>
    /// Every rise and fall from 1 to 3 with every sequence of eight verdicts of three kinds, at one pace below and one
    /// above the thresholds.
    /// </summary>
    [Theory]
    [InlineData("", 8)]
    [InlineData("last-resort", 6)]
    [InlineData("replica-grace", 6)]
    public void Every_short_sequence_of_verdicts_does_what_the_rules_say(string option, int length)
    {
        string[] kinds = option.Length == 0 ? [Kind.Synced, "joined", "read-only"] : KindsOf(option);
        var sequences = 0;
        foreach (var (rise, fall, interval) in from r in Enumerable.Range(1, 3)
        from f in Enumerable.Range(1, 3)
        from i in new[] { 0.3, 1.2 }
        select (r, f, i))
        {
            var policy = PolicyOf(rise, fall, option);
            for (var number = 0; number < Math.Pow(kinds.Length, length); number++)
            {
                sequences++;
                var (play, specified) = (new Play(policy), new SpecifiedGate(policy));
                for (var (i, rest) = (0, number); i < length; i++, rest /= kinds.Length)
                {
                    var signal = new Observed(Given.Second((i + 1) * interval), Kind.All[kinds[rest % kinds.Length]]);
                    play.Take(signal);
                    specified.Take(signal);
                    Assert.True(
                        specified.IsOpen == play.State.Phase.LetsTrafficIn(),
                        $"rise {rise}, fall {fall}, every {interval} s, sequence {number}, observation {i + 1}");
                }
            }
        }

        output.WriteLine($"{sequences} sequences of {length} verdicts");
    }

    private static Policy PolicyOf(int rise, int fall, string option)
    {
        var policy = Story.PolicyOf(rise, fall, "1s", "500ms", "2s");
        return option switch
        {
            "last-resort" => policy.With(new Dictionary<string, string> { [option] = "donor" }),
            "replica-grace" => policy.With(new Dictionary<string, string> { ["mode"] = "replica", [option] = "2s" }),
            _ => policy,
        };
    }

    /// <summary>What is observed in a world, a fit observation first.</summary>
    private static string[] KindsOf(string option) => option switch
    {
        "last-resort" => [Kind.Synced, Kind.LastResort, Kind.OthersOpen, "read-only"],
        "replica-grace" => [Kind.Replicating, Kind.SourceLost, Kind.ApplierStopped, "refused"],
        _ => [Kind.Synced, "joined", "read-only", "non-primary"],
    };

    private static IEnumerable<Signal> Signals(string[] kinds, GateState state, Instant at) =>
    [
        .. kinds.Select(kind => new Observed(at, Kind.All[kind])),
        new HoldRequested(at, Holds.Operator, "root", "why"),
        new HoldReleased(at, Holds.Operator, "root"),
        new HoldRequested(at, Holds.File, "file", "it is there"),
        new HoldReleased(at, Holds.File, "file"),
        new RedirectReported(at, Family.Ipv4, state.Adoptable ?? state.Opened, null),
        new RedirectReported(at, Family.Ipv4, null, null),
        new JournalSynced(at, state.Seq),
        new JournalUnavailable(at, "full"),
        new PolicyLoaded(at, Policy.Default),
        new Stalled(at, TimeSpan.FromSeconds(2)),
        new DiskChanged(at, "it hangs"),
        new DiskChanged(at, null),
        new LeaseRanOut(at, state.Opened ?? 0, TimeSpan.FromSeconds(6)),
        new Stopping(at, KeepRedirect: false),
        new Stopping(at, KeepRedirect: true),
    ];

    private static void MustHold(
        GateState before,
        GateMemory known,
        GateState state,
        GateMemory memory,
        Signal signal,
        IReadOnlyList<Envelope> events)
    {
        var open = state.Phase.LetsTrafficIn();
        Assert.Equal(open, state.Opened is not null);
        Assert.False(open && state.Holds != Holds.None);
        Assert.Equal(state.Holds != Holds.None, state.Phase == GatePhase.Held);
        Assert.False(open && signal is Observed && memory.Verdict?.Pace == Pace.Immediate);
        // Only a close withdraws what was granted; what is not judged fit opens nothing; a daemon that is ending opens
        // nothing.
        var wasGranted = open && Redirect.Granted(before, known) == state.Opened;
        Assert.False(wasGranted && Redirect.Wanted(state, memory)?.Opened != state.Opened);
        var opens = events.Any(envelope => envelope.Event is GateOpened);
        Assert.False(opens && (state.DiskTrouble is not null || memory.Stopping));
        Assert.False(signal is Stalled && memory.Run is { Fit: true, Count: > 0 });
        Assert.False(!before.Phase.LetsTrafficIn() && open && signal is not (Observed or RedirectReported));
        Assert.False(open && signal is Stopping { KeepRedirect: false });
        Assert.False(memory.UnfitSeen && events.Any(envelope => envelope.Event is GateAdopted));
        Assert.InRange(state.OpenAfter, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.Equal(
            before.Phase.LetsTrafficIn() != open,
            events.Any(envelope => envelope.Event is GateOpened or GateAdopted or GateClosed));
        if (Redirect.Wanted(state, memory) is { } wanted)
        {
            Assert.True(wanted.Opened is null || open);
        }
        else
        {
            Assert.True(state.Adoptable is not null && !memory.UnfitSeen);
        }

        MustRestOnItsWaiver(memory, signal, events);
        _ = NextStep.Of(state, memory, signal.At);
    }

    /// <summary>
    /// What an operator allows is allowed only for what was observed, and only for the configured time.
    /// </summary>
    private static void MustRestOnItsWaiver(GateMemory memory, Signal signal, IReadOnlyList<Envelope> events)
    {
        var fitness = memory.Policy.Fitness;
        Assert.False(
            signal is Observed { Observation.OtherGates: not Elsewhere.Closed }
                && memory.Verdict?.Waiver == Waiver.LastResort);
        Assert.False(memory.Verdict?.Waiver == Waiver.LastResort && signal is Observed && !fitness.LastResortDonor);
        Assert.False(
            signal is Observed
                && memory.Verdict?.Waiver == Waiver.ReplicaGrace
                && !(signal.At.Since(memory.ReplicatedAt!.Value) < fitness.ReplicaGrace));
        Assert.All(
            events.Select(envelope => envelope.Event).OfType<GateOpened>(),
            opened => Assert.Equal(memory.Verdict!.Value.Headline, opened.Reason));
    }

    private static string Situation(GateState state, GateMemory memory, Instant now, Policy policy)
    {
        var most = Math.Max(policy.Gate.Rise, policy.Gate.Fall);
        var lasted =
            memory.Run.Count == 0
                ? -1
                : now.Since(memory.Run.First)!.Value.TotalSeconds switch
                {
                    < 0.5 => 0,
                    < 1 => 1,
                    < 2 => 2,
                    _ => 3,
                };
        var penalty = state.Penalty.Now(now, GatePolicy.HalfLife) switch { < 0.1 => 0, < 1 => 1, < 2 => 2, _ => 3 };
        return string.Join(
            ' ',
            state.Phase,
            state.Holds,
            state.OpenAfter.TotalSeconds switch
            {
                <= 0.5 => 0,
                <= 1 => 1,
                <= 2 => 2,
                _ => 3,
            },
            penalty,
            state.Adoptable is not null,
            state.Verdict?.Headline,
            memory.Run.Fit,
            Math.Min(memory.Run.Count, most),
            lasted,
            memory.FitSeen,
            memory.UnfitSeen,
            memory.Stopping,
            memory.JournalTrouble is not null,
            state.Opened is { } opened && opened <= memory.Synced, memory.InPlace.Count,
            memory.InPlace.Values.Any(value => value is not null), memory.Policy == Policy.Default,
            state.DiskTrouble, Redirect.Granted(state, memory) is not null,
            state.DiskTrouble is not null && memory.Verdict?.Headline == "disk",
            memory.ReplicatedAt is { } replicated && now.Since(replicated) < policy.Fitness.ReplicaGrace);
    }

    private void MustBeWhole<TState, TTrigger>(TransitionTable<TState, TTrigger> table, TState start)
        where TState : struct, Enum
        where TTrigger : struct, Enum
    {
        var (reached, moving, edges) = (new HashSet<TState> { start }, new HashSet<TTrigger>(), 0);
        for (var queue = new Queue<TState>([start]); queue.TryDequeue(out var from);)
        {
            foreach (var trigger in Enum.GetValues<TTrigger>())
            {
                edges++;
                var to = table.Next(from, trigger);
                _ = !to.Equals(from) && moving.Add(trigger);
                if (reached.Add(to))
                {
                    queue.Enqueue(to);
                }
            }
        }

        output.WriteLine($"{typeof(TState).Name}: {reached.Count} states, {edges} edges");
        Assert.Equal(Enum.GetValues<TState>().Order(), reached.Order());
        Assert.Equal(Enum.GetValues<TTrigger>().Order(), moving.Order());
    }
}
