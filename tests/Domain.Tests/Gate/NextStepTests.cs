using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

public sealed class NextStepTests
{
    private static readonly (string, string?) ReadOnly = ("read_only", "ON");
    private static readonly (string, string?) Donor = ("wsrep_local_state", "2");

    [Fact]
    public void Before_the_first_observation_the_gate_waits_for_it() =>
        Assert.Equal("waits for the first observation", new Play().Next(0));

    [Fact]
    public void For_an_unfit_node_the_whole_way_to_opening_is_shown() =>
        Assert.Equal(
            "waits for read-only to end; then opens after 3 fit observations in a row and 0.5 s",
            new Play().See(1, ReadOnly).Next(1));

    [Fact]
    public void While_opening_the_remaining_observations_and_time_are_shown()
    {
        var play = new Play().See(1);
        Assert.Equal("opens after 2 more fit observations and 0.5 s", play.Next(1));
        Assert.Equal("opens after 1 more fit observation and 0.25 s", play.See(1.25).Next(1.25));
        Assert.Equal("opens after 1 more fit observation", play.Next(1.6));
        Assert.Equal(TimeSpan.Zero, NextStep.Of(play.State, play.Memory, Given.Second(1.6)).Time);
    }

    [Fact]
    public void Enough_observations_in_too_little_time_leave_the_remaining_time()
    {
        var play = new Play(Policy.Create(new Dictionary<string, string> { ["open-after"] = "2s" }))
            .See(1)
            .See(1.1)
            .See(1.2);

        Assert.Equal("opens after 1.8 s more", play.Next(1.2));
        Assert.Equal("opens with the next fit observation", play.Next(3));
    }

    [Fact]
    public void An_open_gate_waits_for_the_disk_then_the_rules_then_nothing()
    {
        var play = new Play(null, Family.Ipv4).See(1).See(1.3).See(1.6);
        Assert.StartsWith("the redirect follows once event #", play.Next(2), StringComparison.Ordinal);

        play.Synced(2);
        Assert.Equal("the redirect is being made", play.Next(2));

        play.Take(new RedirectReported(Given.Second(2.1), Family.Ipv4, play.State.Opened, null));
        Assert.Equal(
            "stays open; a debounced reason gets a grace of 2 unfit observations in a row and 1.0 s",
            play.Next(3));
    }

    [Fact]
    public void An_open_gate_waits_for_the_rules_of_every_family()
    {
        var play = new Play(null, Family.Ipv4, Family.Ipv6).See(1).See(1.3).See(1.6).Synced(2);
        play.Take(new RedirectReported(Given.Second(2.1), Family.Ipv4, play.State.Opened, null));
        Assert.Equal("the redirect is being made", play.Next(3));

        play.Take(new RedirectReported(Given.Second(3), Family.Ipv6, play.State.Opened, null));
        Assert.StartsWith("stays open", play.Next(3), StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_gate_with_a_lease_waits_for_the_lease_and_a_closed_one_does_not()
    {
        var play = new Play(null, Family.Ipv4);
        play.Take(new Starting(
            Given.Second(0.1), "1.0", Policy.Default, play.State.Seq, [Family.Ipv4], null, TimeSpan.FromSeconds(5)));
        play.See(1).See(1.3).See(1.6).Synced(2);
        play.Take(new RedirectReported(Given.Second(2.1), Family.Ipv4, play.State.Opened, null));
        Assert.Equal("the redirect is being made", play.Next(3));

        play.Take(new LeaseRefreshed(Given.Second(3), play.State.Opened!.Value, TimeSpan.FromSeconds(5)));
        Assert.StartsWith("stays open", play.Next(3), StringComparison.Ordinal);
        play.See(4, ReadOnly).Take(new RedirectReported(Given.Second(4), Family.Ipv4, null, null));
        Assert.True(Redirect.IsReached(play.State, play.Memory));
    }

    [Fact]
    public void After_a_stall_the_count_begins_with_the_next_observation() =>
        Assert.Equal(
            "opens after 3 fit observations in a row and 0.5 s",
            new Play().See(1).Take(new Stalled(Given.Second(5), TimeSpan.FromSeconds(4))).Next(5));

    [Fact]
    public void A_daemon_that_stops_waits_for_nothing_else() =>
        Assert.Equal("stopping", new Play().See(1).Take(new Stopping(Given.Second(2), KeepRedirect: true)).Next(2));

    [Fact]
    public void A_journal_that_cannot_be_written_is_named_if_it_is_required()
    {
        var play = new Play(Policy.Create(new Dictionary<string, string> { ["require-journal"] = "true" }), Family.Ipv4)
            .Take(new JournalUnavailable(Given.Second(0.5), "No space left on device")).See(1).See(1.3).See(1.6);

        Assert.EndsWith("is on disk: No space left on device", play.Next(2), StringComparison.Ordinal);
    }

    [Fact]
    public void A_closing_gate_counts_down()
    {
        var play = new Play().See(1).See(1.3).See(1.6).See(2, Donor);

        Assert.Equal("closes after 1 more unfit observation and 0.6 s", play.Next(2.4));
    }

    [Fact]
    public void A_held_gate_says_who_can_release_it()
    {
        var play = new Play().Take(new HoldRequested(Given.Second(1), Holds.File, "file", "it is there"));
        Assert.Equal("stays closed until the hold file is removed", play.Next(1));

        play.Take(new HoldRequested(Given.Second(2), Holds.Operator, "root", "upgrade"));
        Assert.Equal("stays closed until galeragate release, and the hold file is removed", play.Next(2));

        play.Take(new HoldReleased(Given.Second(3), Holds.File, "file"));
        Assert.Equal("stays closed until galeragate release", play.Next(3));
    }

    [Theory]
    [InlineData(1, "500ms", 0.1)]
    [InlineData(3, "500ms", 0.1)]
    [InlineData(5, "0s", 0.25)]
    [InlineData(3, "4s", 0.3)]
    public void The_announced_next_step_is_what_happens(int rise, string openAfter, double interval)
    {
        var play = new Play(
            Policy.Create(new Dictionary<string, string> { ["rise"] = $"{rise}", ["open-after"] = openAfter })
        ).See(1, ReadOnly);
        for (var second = 2.0; !play.State.Phase.LetsTrafficIn(); second += interval)
        {
            Assert.True(second < 20, "it never opened");
            var before = NextStep.Of(play.State, play.Memory, Given.Second(second));
            play.See(second);
            var opensNow =
                before.Observations <= 1
                && (before.Time <= TimeSpan.Zero || (before.Observations == rise && before.Time == TimeSpan.Zero));
            Assert.Equal(opensNow, play.State.Phase == GatePhase.Open);
        }
    }
}
