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
        var booted = new Instant(Given.Second(160).Utc, TimeSpan.FromSeconds(20), "boot-2");
        var last = Given.Second(100);
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

    private static Standing StandingOf(IEnumerable<Envelope> events) =>
        events.Aggregate(new Standing(), (standing, envelope) => standing.After(envelope));

    private static double From(Closure closure) => Seconds(closure.From.Utc);

    private static IEnumerable<Shortage> NoneOpen(IEnumerable<Envelope> events) =>
        Shortages.Of(GateTurns.Of(Failovers.Closures(events)), 1);

    private static double Seconds(DateTimeOffset time) => (time - Given.Second(0).Utc).TotalSeconds;
}
