using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>A daemon that never came back: its record ends with the gate open.</summary>
public sealed class RecordEndTests
{
    [Fact]
    public void Clients_are_refused_from_the_last_refresh_plus_the_lease()
    {
        var events = Complete(Open().All, now: 4000, refreshed: 100.25);

        var closure = Failovers.Closures(events)[^1];

        Assert.Equal(
            (105.25, (Instant?)null, "lease-lapsed", "daemon"),
            (Seconds(closure.From.Utc), closure.To, closure.Reason, closure.WaitedFor));
        Assert.True(events[^1].IsInferred);
        Assert.Equal([(105.25, 0)], NoneOpen(events).Select(one => (Seconds(one.From), one.Open)));
        var gate = Swimlane.Of(events).Last(span => span.Lane == Lane.Gate);
        Assert.Equal(("Closed", 105.25), (gate.Value, Seconds(gate.From)));
    }

    [Fact]
    public void While_a_daemon_refreshes_its_lease_nothing_is_inferred() =>
        Assert.Equal(3, Complete(Open().All, now: 4000, refreshed: 3999.5).Count);

    [Fact]
    public void Without_a_known_refresh_an_hour_of_silence_gives_bounds()
    {
        var held = Open().At(100, new ObservationHeld(1, Given.Second(100)));
        var (quiet, silent) = (Complete(held.All, now: 3700, null), Complete(held.All, now: 9000, null));

        Assert.Equal(4, quiet.Count);
        var closure = Failovers.Closures(silent)[^1];
        Assert.Equal(
            (100, 100 + (61 * 60) + 5), (Seconds(closure.Earliest!.Value.Utc), Seconds(closure.From.Utc)));
    }

    [Fact]
    public void Later_events_that_only_the_archive_has_count_too()
    {
        var witness = new Witness(Given.Second(9000), Given.Second(8000).Utc, null);

        Assert.Equal(3, RecordEnd.Complete(Open().All, () => witness).Count());
    }

    [Fact]
    public void A_closed_gate_or_one_without_a_lease_is_not_completed()
    {
        var closed = Open().Close(50, "read-only").All;
        var unleased = new Recorded().At(0, Started(null) with { Lease = null }).At(1, new GateOpened("synced")).All;

        Assert.Equal(closed, Complete(closed, now: 9000, refreshed: 49));
        Assert.Equal(unleased, Complete(unleased, now: 9000, null));
    }

    [Theory]
    [InlineData(105, null)]
    [InlineData(105.1, 105.0)]
    public void A_lease_is_over_once_its_length_has_passed_since_the_last_refresh(double now, double? refusedFrom) =>
        Assert.Equal(refusedFrom, Inferred(Complete(Open().All, now, refreshed: 100)));

    /// <summary>The last event is at 1; a daemon may be silent for 61 minutes, and its lease lives for 5 s.</summary>
    [Theory]
    [InlineData(3666, null)]
    [InlineData(3667, 3666.0)]
    public void A_silence_ends_the_lease_once_it_is_longer_than_a_daemon_may_be_silent(double now, double? at)
    {
        var events = Complete(Open().All, now, null);

        Assert.Equal(at, Inferred(events));
        Assert.Equal(Given.Second(at ?? 1), events[^1].At);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_redirect_stays_in_place_for_a_daemon_that_started_without_a_lease(bool isAdopted)
    {
        var record = Open().At(103, Started(Given.Second(100)) with { Lease = null })
            .At(104, isAdopted ? new GateAdopted(2) : new GateOpened("synced"));

        Assert.Null(Inferred(Complete(record.All, now: 9000, refreshed: 100)));
    }

    /// <summary>From when on clients are refused although no event says so; null if none are.</summary>
    private static double? Inferred(List<Envelope> events) =>
        events[^1].IsInferred ? Seconds(Failovers.Closures(events)[^1].From.Utc) : null;

    private static List<Envelope> Complete(List<Envelope> events, double now, double? refreshed)
    {
        var last = refreshed is { } second ? Given.Second(second) : (Instant?)null;
        return [.. RecordEnd.Complete(events, () => new Witness(Given.Second(now), null, last))];
    }
}
