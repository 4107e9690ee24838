using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Audit;

public sealed class ExplanationTests
{
    private static Play Incident()
    {
        var play = new Play(null, Family.Ipv4).See(1).See(1.5).See(2).See(10, ("read_only", "ON"));
        return play.Take(new RedirectChanged(
            Given.Second(10.1),
            new RedirectResult(
                Family.Ipv4,
                play.State.ClosedBy,
                null,
                [
                    new RuleWent(
                        new RuleChange(Family.Ipv4, "-A X -j REDIRECT ", "iptables-restore", 0, TimeSpan.Zero),
                        IsRedirect: true),
                ])));
    }

    [Fact]
    public void A_rule_is_traced_back_to_gate_verdict_and_observation()
    {
        var events = Incident().Events;

        var explanation = Explain(From(events), events.Last(envelope => envelope.Event is RedirectRemoved).Seq)!;

        Assert.Equal(
            ["ObservationChanged", "VerdictChanged", "GateClosed", "RedirectRemoved"],
            explanation.Causes.Select(envelope => envelope.Type));
        Assert.Empty(explanation.Effects);
    }

    [Fact]
    public void An_observation_is_traced_to_all_its_effects()
    {
        var events = Incident().Events;

        var explanation = Explain(
            From(events),
            events.Last(envelope => envelope.Event is ObservationChanged).Seq
        )!;

        Assert.Equal(
            ["VerdictChanged", "GateClosed", "RedirectRemoved"], explanation.Effects.Select(envelope => envelope.Type));
    }

    [Fact]
    public void The_last_gate_change_before_a_time_is_found_if_there_is_one()
    {
        var events = Incident().Events;

        Assert.IsType<GateOpened>(Explanation.LastTurn(events, Given.Second(9).Utc)!.Event);
        Assert.IsType<GateClosed>(Explanation.LastTurn(events, Given.Second(11).Utc)!.Event);
        Assert.Null(Explanation.LastTurn(events, Given.Second(1).Utc));
        Assert.Null(Explain(From(events), 999));
    }

    [Fact]
    public void A_circle_of_causes_is_cut_off()
    {
        var explanation = Explain(From([Caused(1, by: 1)]), 1)!;

        Assert.Equal((32, 0), (explanation.Causes.Count, explanation.Effects.Count));
    }

    [Fact]
    public void Only_what_comes_after_an_event_and_not_far_from_it_is_its_effect()
    {
        Envelope[] events = [Caused(9, by: 10), Caused(10, null), Caused(50_010, by: 10), Caused(50_011, by: 10)];

        Assert.Equal([50_010L], Explain(From(events), 10)!.Effects.Select(envelope => envelope.Seq));
    }

    [Fact]
    public void A_gate_change_at_the_very_time_counts()
    {
        var events = Incident().Events;
        var closed = events.Single(envelope => envelope.Event is GateClosed);

        Assert.Equal(closed, Explanation.LastTurn(events, closed.At.Utc));
    }

    private static Envelope Caused(long seq, long? by) =>
        new(seq, Given.Second(0), "n1", new GateStayedOpen(), by, null, null);

    private static Func<long, IEnumerable<Envelope>> From(IReadOnlyList<Envelope> events) =>
        seq => events.Where(envelope => envelope.Seq >= seq);

    private static Explanation? Explain(Func<long, IEnumerable<Envelope>> from, long seq) =>
        Explanation.Of(from, after => from(after).Where(envelope => envelope.Cause is not null), seq);
}
