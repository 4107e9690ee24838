using FsCheck.Fluent;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Domain.Tests.Properties;
using Xunit.Abstractions;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>In any history, the few carried events fold to the same state as all events.</summary>
public sealed class CarryTests(ITestOutputHelper output)
{
    private static readonly string[] Rules = ["-A X -j REDIRECT 1", "-A X -j REDIRECT 2"];

    /// <summary>What can happen, by number; each one is built from the state at that moment.</summary>
    internal static readonly Func<Instant, GateState, Signal>[] Happenings =
    [
        (at, _) => new Observed(at, Given.Node()),
        (at, _) => new Observed(at, Given.Node()),
        (at, _) => new Observed(at, Given.Node(("read_only", "ON"))),
        (at, _) =>
            new Observed(at, Given.Node(("wsrep_local_state", "2"), ("wsrep_local_state_comment", "Donor/Desynced"))),
        (at, _) => new Observed(at, Given.Node(("Uptime", "1"))),
        (at, _) => new Observed(at, Observation.Failed(ProbeError.Timeout)),
        (at, _) => new Observed(at, Observation.Failed(ProbeError.Refused)),
        (at, _) => new HoldRequested(at, Holds.Operator, "a", "why"),
        (at, _) => new HoldRequested(at, Holds.File, "b", "why"),
        (at, _) => new HoldReleased(at, Holds.Operator, "a"),
        (at, _) => new HoldReleased(at, Holds.File, "b"),
        (at, state) =>
            new Starting(
                at, "1", Policy.Default, state.Seq, [Family.Ipv4], null, TimeSpan.FromSeconds(5), LeaseLives: true),
        (at, state) =>
            new Starting(
                at, "1", Policy.Default, state.Seq, [Family.Ipv4], null, TimeSpan.FromSeconds(5), LeaseLives: false),
        (at, state) => new Starting(at, "1", Policy.Default, state.Seq, [Family.Ipv4], null),
        (at, state) => new Starting(at, "1", Policy.Default, state.Seq, [Family.Ipv4], null, DiskProbe: true),
        (at, _) => new DiskChanged(at, "it hangs"),
        (at, _) => new DiskChanged(at, null),
        (at, _) => new Stalled(at, TimeSpan.FromSeconds(2)),
        (at, state) => new RedirectReported(at, Family.Ipv4, state.Adoptable, null),
        (at, _) => new RedirectReported(at, Family.Ipv4, null, [Rules[0], Rules[0]]),
        (at, _) => new RedirectReported(at, Family.Ipv6, null, []),
        (at, state) => Changed(at, state, new RuleCame(Change(Family.Ipv4, Rules[0]), IsRedirect: true)),
        (at, state) => Changed(at, state, new RuleCame(Change(Family.Ipv4, Rules[1]), IsRedirect: true)),
        (at, state) => Changed(at, state, new RuleWent(Change(Family.Ipv4, Rules[0]), IsRedirect: true)),
        (at, state) => Changed(at, state, new RuleCame(Change(Family.Ipv6, "-N X"), IsRedirect: false)),
        (at, state) => Changed(at, state, new ChangeFailed(Change(Family.Ipv6, ""), "no")),
        (at, state) => Changed(at, state, new ChangeFailed(Change(Family.Ipv4, ""), "no")),
        (at, state) => new LeaseRefreshed(at, state.Opened ?? 0, TimeSpan.FromSeconds(5)),
        (at, state) => new LeaseRanOut(at, state.Opened ?? 0, TimeSpan.FromSeconds(6)),
        (at, _) => new LeaseRefused(at, "no"),
        (at, _) =>
            new PolicyLoaded(
                at,
                Policy.Default with
                {
                    Gate = new GatePolicy { Rise = 1 + (at.Monotonic.Milliseconds % 3) },
                }),
        (at, _) => new Stopping(at, KeepRedirect: at.Monotonic.Milliseconds % 2 == 0),
    ];

    [Fact]
    public void Carried_events_fold_to_the_same_state_as_all_events_at_every_point() => Always.Holds(
        output,
        400,
        Gen.Choose(0, (Happenings.Length * 8) - 1).ListOf(80),
        _ => [],
        steps =>
        {
            var play = new Play(Policy.Default, Family.Ipv4, Family.Ipv6);
            var (second, told, all, carry) = (0.0, 0, new GateState(), new Carry<Envelope>());
            foreach (var step in steps)
            {
                second += step / Happenings.Length * 0.25;
                play.Take(Happenings[step % Happenings.Length](Given.Second(second), play.State));
                foreach (var envelope in play.Events.Skip(told))
                {
                    all = GateDecider.Evolve(all, envelope);
                    carry.Take(envelope, envelope);
                    var folded = carry.Items.Aggregate(new GateState(), GateDecider.Evolve) with { Seq = all.Seq };
                    var before = play.Events.TakeWhile(one => one.Seq <= envelope.Seq);
                    Assert.True(
                        all == folded,
                        $"after {string.Join(", ", before.Select(one => $"#{one.Seq} {one.Type}"))}: "
                        + string.Join("; ", Differences(all, folded)));
                }

                told = play.Events.Count;
                Assert.InRange(carry.Items.Count(), 0, 64);
            }
        });

    private static IEnumerable<string> Differences(GateState all, GateState folded) =>
        from property in typeof(GateState).GetProperties()
        let pair = (All: property.GetValue(all), Folded: property.GetValue(folded))
        where !Equals(pair.All, pair.Folded)
        select $"{property.Name} is {pair.All} and folds to {pair.Folded}";

    private static RedirectChanged Changed(Instant at, GateState state, RuleFact fact) =>
        new(at, new RedirectResult(Family.Ipv4, state.Opened, null, [fact]));

    private static RuleChange Change(Family family, string rule) => new(family, rule, "iptables", 0, TimeSpan.Zero);
}
