using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Audit;

public sealed class TimelineTests
{
    /// <summary>
    /// Opens at 1.6 s, its rule follows at 2 s; closes at 9.6 s, its rule is removed at 10 s; a drift at 11 s.
    /// </summary>
    private static Play Incident()
    {
        var play = new Play(null, Family.Ipv4).See(1).See(1.3).See(1.6).Synced(1.7);
        play.Take(Changed(play, 2, rule => new RuleCame(rule, IsRedirect: true)));
        play.See(9.6, ("read_only", "ON"));
        play.Take(Changed(play, 10, rule => new RuleWent(rule, IsRedirect: true)));
        return play.Take(new RedirectReported(Given.Second(11), Family.Ipv4, null, ["-A X -j REDIRECT "]));
    }

    [Fact]
    public void The_timeline_leaves_out_single_polls_and_intermediate_steps()
    {
        var types = Timeline.Of(Incident().Events).Select(entry => entry.Envelope.Type);

        Assert.Equal(
            [
                "DaemonStarted",
                "NodeStateChanged",
                "VerdictChanged",
                "GateOpened",
                "RedirectAdded",
                "VerdictChanged",
                "GateClosed",
                "RedirectRemoved",
                "DriftFound",
            ],
            types);
    }

    [Fact]
    public void Each_line_has_the_time_since_the_last_and_a_gate_its_previous_duration()
    {
        var entries = Timeline.Of(Incident().Events).ToList();

        Assert.Null(entries[0].SincePrevious);
        Assert.Equal(TimeSpan.FromSeconds(0.4), entries[4].SincePrevious);
        Assert.Equal(TimeSpan.FromSeconds(8), entries[6].Lasted);
        Assert.Null(entries[3].Lasted);
    }

    [Fact]
    public void Each_rule_is_linked_to_the_gate_event_that_caused_it()
    {
        var entries = Timeline.Of(Incident().Events).ToDictionary(entry => entry.Envelope.Type + entry.Envelope.Seq);
        var added = entries.Values.Single(entry => entry.Envelope.Event is RedirectAdded);
        var removed = entries.Values.Single(entry => entry.Envelope.Event is RedirectRemoved);

        Assert.IsType<GateOpened>(added.Cause!.Event);
        Assert.Equal("read-only", Assert.IsType<GateClosed>(removed.Cause!.Event).Reason);
    }

    [Fact]
    public void Only_a_rule_names_the_gate_event_before_it_and_only_if_that_was_read()
    {
        var play = Incident();
        var closed = play.State.ClosedBy!.Value;
        play.Take(new ClientsReset(Given.Second(12), play.State.ClientsOf!.Value, 3, null));

        var reset = play.Events[^1];
        Assert.Equal(("ConnectionsReset", closed), (reset.Type, reset.Cause));
        Assert.Null(Timeline.Of(play.Events).Last().Cause);
        var later = play.Events.Where(envelope => envelope.Seq > closed);
        Assert.All(Timeline.Of(later), entry => Assert.Null(entry.Cause));
    }

    [Theory]
    [InlineData(7, true)]
    [InlineData(8, false)]
    public void A_rule_names_one_of_the_last_eight_gate_events(int later, bool named)
    {
        var record = new Recorded().At(1, new GateOpened("synced"));
        Enumerable.Range(2, later).ToList().ForEach(second => record.Close(second, "read-only"));
        record.At(20, new RedirectAdded(new RuleChange(Family.Ipv4, "-A X", "iptables", 0, TimeSpan.Zero)));
        record.All[^1] = record.All[^1] with { Cause = 1 };

        Assert.Equal(named ? 1 : null, Timeline.Of(record.All).Last().Cause?.Seq);
    }

    [Fact]
    public void Times_of_two_boots_are_not_subtracted()
    {
        var before = Incident().Events;
        var after = new Envelope(
            99,
            Given.Second(500, "boot-2"),
            "n1",
            new DaemonStarted("1.0", new Dictionary<string, string>(), TimeSpan.Zero),
            null,
            null,
            null);

        Assert.Null(Timeline.Of([.. before, after]).Last().SincePrevious);
    }

    [Fact]
    public void Causes_of_different_nodes_are_not_mixed()
    {
        var one = Incident().Events;
        var other = one.Select(envelope =>
            envelope with
            {
                Node = "n2",
                Event = envelope.Event is GateClosed closed ? closed with { Reason = "non-primary" } : envelope.Event,
            });

        var reasons = Timeline.Of(one.Zip(other).SelectMany(pair => new[] { pair.First, pair.Second }))
            .Where(entry => entry.Envelope.Event is RedirectRemoved)
            .Select(entry => (entry.Envelope.Node, ((GateClosed)entry.Cause!.Event).Reason));

        Assert.Equal([("n1", "read-only"), ("n2", "non-primary")], reasons);
    }

    private static RedirectChanged Changed(Play play, double second, Func<RuleChange, RuleFact> fact) => new(
        Given.Second(second),
        new RedirectResult(
            Family.Ipv4, play.State.Opened ?? play.State.ClosedBy, null,
            [
                fact(
                    new RuleChange(
                        Family.Ipv4, "-A X -j REDIRECT ", "iptables-restore", 0, TimeSpan.FromMilliseconds(8))),
            ]));
}
