using System.Text.Json;
using FsCheck.Fluent;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using Xunit.Abstractions;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>
/// What holds for the gate whatever happens: over generated policies, observations, times, jumps of the wall clock and
/// operators.
/// </summary>
public sealed class GateProperties(ITestOutputHelper output)
{
    [Fact]
    public void The_gate_opens_and_closes_at_exactly_the_observation_the_rules_say() =>
        ForAll(4000, MustDoWhatTheRulesSay);

    [Fact]
    public void A_replicas_gate_opens_and_closes_at_exactly_the_observation_the_rules_say() => Always.Holds(
        output, 3000, Story.OfReplicas, story => story.Shrink(), MustDoWhatTheRulesSay);

    [Fact]
    public void A_replicas_grace_ends_in_time_and_requires_an_earlier_source() => Always.Holds(
        output, 2000, Story.OfReplicas, story => story.Shrink(), story =>
        {
            var (play, replicated) = (new Play(story.Policy), (TimeSpan?)null);
            foreach (var signal in story.Signals())
            {
                play.Take(signal);
                replicated = signal is Observed { Observation.ReplicaRunning.Value: true } ? signal.At.Monotonic
                    : replicated;
                Assert.False(
                    signal is Observed
                        && play.Memory.Verdict?.Waiver == Waiver.ReplicaGrace
                        && !(signal.At.Monotonic - replicated < story.Policy.Fitness.ReplicaGrace));
            }
        });

    [Fact]
    public void A_blocking_donor_opens_only_if_allowed_and_all_other_gates_are_closed() =>
        ForAll(2000, story =>
        {
            var play = new Play(story.Policy);
            foreach (var signal in story.Signals())
            {
                var before = play.Events.Count;
                play.Take(signal);
                var opened = play.Events.Skip(before).Select(envelope => envelope.Event).OfType<GateOpened>();
                Assert.All(
                    opened.Where(_ => signal is Observed { Observation: { NodeState: NodeState.Donor } o }
                        && !story.Policy.Fitness.NonblockingSstMethods.Contain(o.SstMethod)),
                    one =>
                    {
                        Assert.Equal(Verdict.LastResortName, one.Reason);
                        Assert.Equal(Elsewhere.Closed, ((Observed)signal).Observation.OtherGates);
                        Assert.True(story.Policy.Fitness.LastResortDonor);
                    });
            }
        });

    [Fact]
    public void An_open_gate_is_fit_or_a_debounced_reason_is_still_running() => ForAll(2000, story =>
    {
        var play = new Play(story.Policy);
        foreach (var signal in story.Signals())
        {
            play.Take(signal);
            if (signal is Observed && play.State.Phase.LetsTrafficIn() && play.Memory.Verdict is { IsFit: false } unfit)
            {
                Assert.Equal(GatePhase.Closing, play.State.Phase);
                Assert.Equal(Pace.Debounced, unfit.Pace);
                Assert.False(play.Memory.Run.Reaches(story.Policy.Gate.Fall, story.Policy.Gate.CloseAfter, signal.At));
            }

            Assert.False(play.State.Phase.LetsTrafficIn() && play.State.Holds != Holds.None);
        }
    });

    [Fact]
    public void An_immediate_reason_closes_the_gate_in_the_same_step() => ForAll(2000, story =>
    {
        var play = new Play(story.Policy);
        foreach (var signal in story.Signals())
        {
            play.Take(signal);
            Assert.False(
                signal is Observed
                    && play.Memory.Verdict?.Pace == Pace.Immediate
                    && play.State.Phase.LetsTrafficIn());
            Assert.False(
                Redirect.Wanted(play.State, play.Memory)?.Opened is not null
                    && play.Memory.Verdict?.Pace == Pace.Immediate);
        }
    });

    [Fact]
    public void Closing_takes_effect_at_once_and_opening_only_after_its_event_is_on_disk() => ForAll(2000, story =>
    {
        var play = new Play(story.Policy);
        foreach (var signal in story.Signals())
        {
            play.Take(signal);
            Assert.True(
                play.State.Phase.LetsTrafficIn()
                    || Redirect.Wanted(play.State, play.Memory) is null or { Opened: null });
            Assert.True(
                Redirect.Wanted(play.State, play.Memory)?.Opened is not { } opened
                    || opened <= play.Memory.Synced);
            if (signal.At.Monotonic.Milliseconds % 2 == 0)
            {
                play.Take(new JournalSynced(signal.At, play.State.Seq));
                Assert.True(
                    !play.State.Phase.LetsTrafficIn()
                        || Redirect.Wanted(play.State, play.Memory)!.Opened == play.State.Opened);
            }
        }
    });

    [Fact]
    public void A_steadily_fit_node_opens_within_open_after_and_rise_plus_one_observation() => Always.Holds(
        output,
        2000,
        from story in Story.Any
        from interval in Gen.Elements(20, 250, 1000, 7000)
        select (Story: story, Interval: interval),
        given =>
        {
            var play = Played(given.Story);
            var at = play.End;
            play.It.Take(new HoldReleased(Given.Second(at), Holds.Operator, "root"))
                .Take(new HoldReleased(Given.Second(at), Holds.File, "file"));
            var gate = given.Story.Policy.Gate;
            var interval = given.Interval / 1000.0;
            var openAfter = play.It.State.OpenAfter.TotalSeconds;
            Assert.InRange(
                openAfter,
                Math.Min(gate.OpenAfter.TotalSeconds, GatePolicy.OpenAfterClusterWide.TotalSeconds),
                gate.OpenAfterMax.TotalSeconds);
            var first = at + interval;
            for (at = first; !play.It.State.Phase.LetsTrafficIn(); at += interval)
            {
                Assert.True(
                    at <= first + Math.Max(openAfter, (gate.Rise - 1) * interval) + interval + 0.001,
                    $"still {play.It.State.Phase} at {at - first} s");
                play.It.See(at);
            }
        });

    [Fact]
    public void A_higher_fall_never_closes_earlier_and_a_higher_rise_never_opens_earlier() =>
        Always.Holds(
        output,
        3000,
        from story in Story.Any
        from after in Story.Observations
        from fall in Gen.Choose(0, 3)
        from rise in Gen.Choose(0, 3)
        from more in Gen.Elements(0, 200, 2000)
        select (Story: story, After: after, Fall: fall, Rise: rise, More: more),
        given =>
        {
            var gate = given.Story.Policy.Gate;
            var patient = given.Story.Policy with
            {
                Gate = gate with
                {
                    Fall = gate.Fall + given.Fall,
                    CloseAfter = gate.CloseAfter + TimeSpan.FromMilliseconds(given.More),
                },
            };
            var strict = given.Story.Policy with { Gate = gate with { Rise = gate.Rise + given.Rise } };
            var later = TimeSpan.FromMilliseconds(given.More);
            var asIs = Played(given.Story);
            var start = asIs.It.State;
            var signals = Story.Stamp(given.After, asIs.End).ToList();
            if (start.Phase.LetsTrafficIn())
            {
                Assert.True(
                    FirstChange(start, asIs.It.Memory with { Policy = patient }, signals)
                        >= FirstChange(start, asIs.It.Memory, signals));
            }
            else
            {
                Assert.True(
                    FirstChange(
                        start with
                        {
                            OpenAfter = start.OpenAfter + later,
                        },
                        asIs.It.Memory with
                        {
                            Policy = strict,
                        },
                        signals
                    ) >= FirstChange(start, asIs.It.Memory, signals));
            }
        });

    [Fact]
    public void Folding_gives_the_state_at_every_point_and_a_second_run_the_same_events() =>
        ForAll(
            1500,
            story =>
    {
        var (live, again) = (new Play(story.Policy), new Play(story.Policy));
        var folded = live.Events.Aggregate(new GateState(), GateDecider.Evolve);
        var told = live.Events.Count;
        foreach (var signal in story.Signals())
        {
            live.Take(signal);
            again.Take(signal);
            folded = live.Events.Skip(told).Aggregate(folded, GateDecider.Evolve);
            told = live.Events.Count;
            Assert.Equal(live.State, folded);
        }

        Assert.Equal(live.Events.Select(Text), again.Events.Select(Text));
        Assert.Equal(Enumerable.Range(1, live.Events.Count), live.Events.Select(envelope => (int)envelope.Seq));
        Assert.All(live.Events, envelope => Assert.True(envelope.Cause is null || envelope.Cause < envelope.Seq));
    });

    [Fact]
    public void Events_of_unknown_types_change_nothing_wherever_they_are() => Always.Holds(
        output, 1000, from story in Story.Any from seed in Gen.Choose(0, int.MaxValue) select (story, seed), given =>
        {
            var events = Played(given.story).It.Events;
            var random = new Random(given.seed);
            var (plain, mixed) = (new GateState(), new GateState());
            foreach (var envelope in events)
            {
                if (random.Next(3) == 0)
                {
                    mixed = GateDecider.Evolve(
                        mixed,
                        envelope with
                        {
                            Event = new UnknownEvent("FromTheFuture", "{}"),
                        }
                    ) with
                    {
                        Seq = mixed.Seq,
                    };
                }

                (plain, mixed) = (GateDecider.Evolve(plain, envelope), GateDecider.Evolve(mixed, envelope));
                Assert.Equal(plain, mixed);
            }
        });

    [Fact]
    public void A_wall_clock_that_jumps_changes_no_decision() => ForAll(1500, story =>
    {
        var steady = story with { Steps = [.. story.Steps.Select(step => step with { WallJump = 0 })] };

        Assert.Equal(
            Played(steady).It.Events.Select(envelope => (envelope.Type, envelope.At.Monotonic)),
            Played(story).It.Events.Select(envelope => (envelope.Type, envelope.At.Monotonic)));
    });

    [Fact]
    public void A_repeated_request_causes_no_event() => ForAll(1500, story =>
    {
        var play = new Play(story.Policy);
        foreach (var signal in story.Signals())
        {
            play.Take(signal);
            var before = play.Events.Count;
            _ = signal is Observed or Stalled ? play : play.Take(signal);
            Assert.Equal(before, play.Events.Count);
        }
    });

    [Fact]
    public void After_a_kill_at_any_point_the_gate_opens_only_by_new_observations() => Always.Holds(
        output,
        1500,
        from story in Story.Any
        from cut in Gen.Choose(0, 100)
        from after in Story.Observations
        select (Story: story, Cut: cut, After: after),
        given =>
        {
            var before = Played(
                given.Story with
                {
                    Steps = [.. given.Story.Steps.Take(given.Story.Steps.Count * given.Cut / 100)],
                });
            var state = before.It.Events.Aggregate(new GateState(), GateDecider.Evolve);
            var play = new Play(state, given.Story.Policy, Given.Second(before.End));
            Assert.Equal(state.Holds == Holds.None ? GatePhase.Closed : GatePhase.Held, play.State.Phase);
            var fit = 0;
            foreach (var signal in Story.Stamp(given.After, before.End))
            {
                play.Take(signal);
                fit = play.Memory.Verdict is { IsFit: true } ? fit + 1 : 0;
                if (play.State.Phase.LetsTrafficIn())
                {
                    Assert.InRange(fit, given.Story.Policy.Gate.Rise, int.MaxValue);
                    break;
                }
            }
        });

    private static void MustDoWhatTheRulesSay(Story story)
    {
        var (play, specified) = (new Play(story.Policy), new SpecifiedGate(story.Policy));
        foreach (var signal in story.Signals())
        {
            // The disk answers at once, because an opening that waited for it would not survive a stall.
            play.Take(signal);
            play.Take(new JournalSynced(signal.At, play.State.Seq));
            specified.Take(signal);
            Assert.True(
                specified.IsOpen == play.State.Phase.LetsTrafficIn()
                    && specified.IsHeld == (play.State.Phase == GatePhase.Held),
                $"at {signal.At.Monotonic.TotalSeconds - 1000:0.###} s the gate should be "
                + $"{(specified.IsOpen ? "open" : specified.IsHeld ? "held" : "closed")} and is "
                + $"{play.State.Phase}");
        }
    }

    private void ForAll(int cases, Action<Story> check) =>
        Always.Holds(output, cases, Story.Any, story => story.Shrink(), check);

    private static (Play It, double End) Played(Story story)
    {
        var play = new Play(story.Policy);
        foreach (var signal in story.Signals())
        {
            play.Take(signal);
        }

        return (play, story.Steps.Sum(step => step.Wait) / 1000.0);
    }

    /// <summary>When clients first meet something else than at the start; the end of time if they never do.</summary>
    private static TimeSpan FirstChange(GateState state, GateMemory memory, IEnumerable<Signal> signals)
    {
        var start = state.Phase.LetsTrafficIn();
        foreach (var signal in signals)
        {
            (state, memory, _) = GateDecider.Take(state, memory, signal);
            if (state.Phase.LetsTrafficIn() != start)
            {
                return signal.At.Monotonic;
            }
        }

        return TimeSpan.MaxValue;
    }

    private static string Text(Envelope envelope) =>
        $"{envelope.Seq} {envelope.At} {envelope.Cause} {envelope.View} {envelope.Type} "
        + $"{JsonSerializer.Serialize<object>(envelope.Event)}";
}
