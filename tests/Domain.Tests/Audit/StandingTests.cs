using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Audit;

public sealed class StandingTests
{
    [Fact]
    public void It_knows_since_when_the_gate_is_as_it_is_and_which_event_caused_it()
    {
        var play = new Play().See(1).See(1.3).See(1.6).See(2);
        Assert.Equal((Given.Second(1.6), "GateOpened"), (play.Standing.GateSince, play.Standing.GateEvent!.Type));

        play.See(5, ("read_only", "ON")).See(6, ("read_only", "ON"));
        Assert.Equal((Given.Second(5), "GateClosed"), (play.Standing.GateSince, play.Standing.GateEvent!.Type));
        Assert.Equal((1L, 1L), (play.Standing.Counters.GateOpened, play.Standing.Counters.GateClosed));
    }

    [Fact]
    public void A_restart_resets_the_counters_but_not_since_when_the_gate_is_closed()
    {
        var play = new Play().See(1).See(1.3).See(1.6).See(5, ("read_only", "ON"));

        play.Take(new Starting(Given.Second(8), "1.0", Policy.Default, play.State.Seq, [], null));

        Assert.Equal(Given.Second(5), play.Standing.GateSince);
        Assert.Equal(Given.Second(8), play.Standing.Started);
        Assert.Equal(0, play.Standing.Counters.GateOpened);
    }

    [Fact]
    public void An_adopted_gate_counts_as_open_since_its_opening()
    {
        var play = new Play(null, Family.Ipv4).See(1).See(1.3).See(1.6).Synced(1.7);
        var opened = play.State.Opened;

        play.Take(new Starting(Given.Second(8), "1.0", Policy.Default, play.State.Seq, [Family.Ipv4], null));
        Assert.Equal(Given.Second(8), play.Standing.GateSince);

        play.Take(new RedirectReported(Given.Second(8.1), Family.Ipv4, opened, null));
        Assert.Equal((Given.Second(1.6), "GateAdopted"), (play.Standing.GateSince, play.Standing.GateEvent!.Type));
    }

    [Fact]
    public void Each_hold_is_kept_with_its_author_and_reason_until_lifted()
    {
        var play = new Play()
            .Take(new HoldRequested(Given.Second(1), Holds.Operator, "alice as root", "upgrade"))
            .Take(new HoldRequested(Given.Second(2), Holds.File, "file", "it is there"));
        Assert.Equal(["alice as root", "file"], play.Standing.Holds.Select(hold => hold.By));

        play.Take(new HoldReleased(Given.Second(3), Holds.Operator, "bob"));
        Assert.Equal(["file"], play.Standing.Holds.Select(hold => hold.By));
    }

    [Fact]
    public void It_keeps_only_as_many_recent_events_as_a_screen_can_show()
    {
        var play = new Play();
        for (var second = 1; second < 100; second++)
        {
            play.See(second, ("read_only", second % 2 == 0 ? "ON" : "OFF"));
        }

        Assert.Equal(20, play.Standing.Recent.Count());
        Assert.Equal(
            play.Events.Last(envelope => Timeline.Matters(envelope.Event)).Seq, play.Standing.Recent.Last().Seq);
        Assert.DoesNotContain(play.Standing.Recent, envelope => envelope.Event is ObservationChanged);
    }
}
