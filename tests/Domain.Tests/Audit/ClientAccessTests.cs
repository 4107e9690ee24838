using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>When clients were refused, even if that was recorded later.</summary>
public sealed class ClientAccessTests
{
    [Fact]
    public void A_stalled_daemons_clients_were_refused_from_the_end_of_its_lease()
    {
        var events = Open().At(116, new LeaseLapsed(TimeSpan.FromSeconds(16)))
            .At(116, new GateClosed("lease-lapsed", false, TimeSpan.Zero, 0)).At(117, new GateOpened("synced")).All;

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal(
            (105.0, 12.0, "lease-lapsed"), (From(closure), closure.Lasted!.Value.TotalSeconds, closure.Reason));
        Assert.Null(closure.Earliest);
        Assert.Equal(Given.Second(105), StandingOf(events.SkipLast(1)).GateSince);
    }

    [Fact]
    public void A_killed_daemons_clients_were_refused_from_the_end_of_its_lease()
    {
        var events = Open().At(115, Started(Given.Second(100.25)))
            .At(115, new LeaseLapsed(null, Given.Second(100.25))).At(116.25, new GateOpened("synced")).All;

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal(
            (105.25, 11.0, "lease-lapsed"), (From(closure), closure.Lasted!.Value.TotalSeconds, closure.Reason));
        Assert.Null(closure.Earliest);
        Assert.Equal(Given.Second(105.25), StandingOf(events.SkipLast(1)).GateSince);
        Assert.Equal([105.25], NoneOpen(events).Select(one => Seconds(one.From)));
    }

    [Fact]
    public void An_expired_lease_counts_even_if_the_next_daemon_has_none()
    {
        var started = Started(Given.Second(100)) with { Lease = null };

        var closure = Failovers.Closures(Open().At(115, started).All)[^1];

        Assert.Equal(105, From(closure));
    }

    [Fact]
    public void A_lease_that_was_alive_at_the_hand_over_closed_nothing()
    {
        var events = Open().At(103, Started(Given.Second(100))).At(103.1, new GateAdopted(2)).All;

        Assert.Single(Failovers.Closures(events));
        Assert.Empty(NoneOpen(events));
    }

    [Fact]
    public void Without_the_last_refresh_the_refusal_has_bounds()
    {
        var events = Open().At(100, new ObservationHeld(1, Given.Second(100))).At(115, Started(null))
            .At(115, new LeaseLapsed(null)).At(116, new GateOpened("synced")).All;

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal((115, 100), (From(closure), Seconds(closure.Earliest!.Value.Utc)));
        Assert.Equal("lease-lapsed", closure.Reason);
    }

    [Fact]
    public void After_a_reboot_the_last_event_and_the_boot_bound_the_refusal()
    {
        var (booted, last) = (Booted(160), Given.Second(100));
        var events = Open().At(100, new ObservationHeld(1, last)).At(booted, Started(last))
            .At(booted, new LeaseLapsed(null, last)).All;

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal((140, 100), (From(closure), Seconds(closure.Earliest!.Value.Utc)));
    }

    [Fact]
    public void A_refresh_from_before_the_opening_does_not_count()
    {
        var events = Open().At(115, Started(Given.Second(0.5))).At(115, new LeaseLapsed(null, Given.Second(0.5))).All;

        Assert.Equal(115, From(Failovers.Closures(events)[^1]));
    }

    [Fact]
    public void The_timeline_shows_since_when_clients_were_refused_and_for_how_long()
    {
        var entries = Timeline.Of(Open().At(115, Started(Given.Second(100)))
            .At(115, new LeaseLapsed(null, Given.Second(100))).At(116, new GateOpened("synced")).All).ToList();

        Assert.Equal(Given.Second(105), entries.Single(one => one.Refused is not null).Refused!.Value.Latest);
        Assert.Equal(11, entries[^1].Lasted!.Value.TotalSeconds);
    }

    [Fact]
    public void The_gates_lane_is_closed_from_the_end_of_the_lease_on()
    {
        var events = Open().At(116, new LeaseLapsed(TimeSpan.FromSeconds(16)))
            .At(116, new GateClosed("lease-lapsed", false, TimeSpan.Zero, 0)).At(117, new GateOpened("synced")).All;

        var gate = Swimlane.Of(events).Where(span => span.Lane == Lane.Gate && span.To is not null)
            .Select(span => (span.Value, Seconds(span.From), Seconds(span.To!.Value)));

        Assert.Equal([("Closed", 0, 1), ("Open", 1, 105), ("Closed", 105, 117)], gate);
    }

    [Fact]
    public void If_the_clock_was_set_back_no_period_of_a_lane_ends_before_it_begins()
    {
        var late = new Instant(Given.Second(3).Utc, Given.Second(11).Monotonic, "boot-1");
        var events = new Recorded().At(10, Started(null)).At(late, new GateOpened("synced")).All;

        var gate = Swimlane.Of(events).Where(span => span.Lane == Lane.Gate)
            .Select(span => (span.Value, Seconds(span.From), span.To is { } end ? Seconds(end) : double.NaN));

        Assert.Equal([("Closed", 10, 10), ("Open", 10, double.NaN)], gate);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_adopted_gate_was_open_since_its_opening_even_if_the_start_between_is_lost(bool isStartKept)
    {
        var record = isStartKept ? Open().At(103, Started(Given.Second(100))) : Open();

        var entries = Timeline.Of(record.At(103.1, new GateAdopted(2)).Close(200, "read-only").All);

        Assert.Equal(199, entries.Last().Lasted!.Value.TotalSeconds);
    }

    [Fact]
    public void A_redirect_that_is_gone_before_its_lease_could_end_was_lost_after_the_last_refresh()
    {
        var events = Open().At(103, Started(Given.Second(100))).At(103, new LeaseLapsed(null, Given.Second(100))).All;

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal((103, 100), (From(closure), Seconds(closure.Earliest!.Value.Utc)));
    }

    [Fact]
    public void A_lease_has_the_length_that_its_own_daemon_gave_it()
    {
        var shorter = Started(Given.Second(100)) with { Lease = TimeSpan.FromSeconds(2) };
        var events = Open().At(103, shorter).At(103, new LeaseLapsed(null, Given.Second(100))).All;

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal((103, 100), (From(closure), Seconds(closure.Earliest!.Value.Utc)));
    }

    [Fact]
    public void A_lease_that_ends_as_the_next_daemon_starts_is_over_and_its_end_is_known()
    {
        var entries = Timeline.Of(Open().At(105, Started(Given.Second(100))).All);

        Assert.Equal(Refusal.At(Given.Second(105)), entries.Last().Refused);
    }

    [Fact]
    public void A_refresh_at_the_moment_of_the_opening_counts() =>
        Assert.Equal(6, From(Failovers.Closures(Open().At(115, Started(Given.Second(1))).All)[^1]));

    [Fact]
    public void A_daemon_with_another_lease_is_judged_by_its_own()
    {
        var longer = Started(Given.Second(100)) with { Lease = TimeSpan.FromSeconds(10) };
        var events = Open().At(103, longer).At(103.1, new GateAdopted(2)).At(300, Started(Given.Second(200))).All;

        Assert.Equal(210, From(Failovers.Closures(events)[^1]));
    }

    [Fact]
    public void A_gate_that_a_daemon_without_a_lease_took_over_was_open_until_the_next_start()
    {
        var unleased = Started(Given.Second(100)) with { Lease = null };
        var events = Open().At(103, unleased).At(103.1, new GateAdopted(2)).At(300, Started(Given.Second(100))).All;

        Assert.Equal(300, From(Failovers.Closures(events)[^1]));
    }

    [Theory]
    [InlineData(130, 130)]
    [InlineData(90, 100)]
    public void After_a_reboot_the_later_of_last_refresh_and_last_event_bounds_the_refusal(
        double refreshed, double earliest)
    {
        var events = Open().At(100, new ObservationHeld(1, Given.Second(100)))
            .At(Booted(160), Started(Given.Second(refreshed))).All;

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal((140, earliest), (From(closure), Seconds(closure.Earliest!.Value.Utc)));
    }

    [Theory]
    [InlineData(150)]
    [InlineData(140)]
    public void A_boot_that_by_the_clock_began_no_later_than_the_last_event_refuses_from_its_beginning(double last)
    {
        var events = Open().At(last, new ObservationHeld(1, Given.Second(last))).At(Booted(160), Started(null)).All;

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal((140, null), (From(closure), closure.Earliest));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, 2.0)]
    public void A_start_refuses_clients_unless_it_is_the_nodes_first_event(bool isFirst, double? refusedFor)
    {
        var record = isFirst ? new Recorded() : new Recorded().At(0, new ObservationHeld(1, Given.Second(0)));

        var entries = Timeline.Of(record.At(5, Started(null)).At(7, new GateOpened("synced")).All);

        Assert.Equal(refusedFor, entries.Last().Lasted?.TotalSeconds);
    }

    /// <summary>A moment 20 s after the host was booted again.</summary>
    private static Instant Booted(double second) =>
        new(Given.Second(second).Utc, TimeSpan.FromSeconds(20), "boot-2");

    private static double From(Closure closure) => Seconds(closure.From.Utc);
}
