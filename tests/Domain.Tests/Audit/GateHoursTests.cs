using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

public sealed class GateHoursTests
{
    [Fact]
    public void Every_second_since_the_start_counts_as_open_or_closed_for_one_reason()
    {
        var play = new Play().See(1).See(1.3).See(1.6).See(5.6, ("read_only", "ON")).See(9.6).See(9.9).See(10.6);

        var hours = play.Standing.Hours.Now(Given.Second(20));

        Assert.Equal(TimeSpan.FromSeconds(4 + 9.4), hours.Open);
        Assert.Equal(
            [("read-only", TimeSpan.FromSeconds(5)), ("started", TimeSpan.FromSeconds(1.6))],
            hours.Closed.Select(row => (row.Key, row.Value)));
    }

    [Fact]
    public void An_unplanned_closing_counts_for_an_hour_and_a_planned_one_never()
    {
        var play = new Play().See(1).See(1.3).See(1.6).See(5, ("read_only", "ON")).See(6).See(6.3).See(7);
        play.Take(new HoldRequested(Given.Second(8), Holds.Operator, "alice", "upgrade"));
        var hours = play.Standing.Hours;

        Assert.Equal(1, hours.ClosingsWithin(TimeSpan.FromHours(1), Given.Second(10)));
        Assert.Equal(0, hours.ClosingsWithin(TimeSpan.FromHours(1), Given.Second(3700)));
    }

    [Theory]
    [InlineData(3610, "boot-1", 0, 1)]
    [InlineData(3610.1, "boot-1", 0, 0)]
    [InlineData(100, "boot-1", 7200, 1)]
    [InlineData(100, "boot-2", 0, 1)]
    [InlineData(4000, "boot-2", 0, 0)]
    public void The_hour_is_counted_by_the_monotonic_clock_and_after_a_reboot_by_the_wall_clock(
        double second, string boot, double clockAhead, int closings)
    {
        var hours = Hours(Open().Close(10, "read-only"));
        var now = Given.Second(second, boot);

        var ahead = now with { Utc = now.Utc.AddSeconds(clockAhead) };

        Assert.Equal(closings, hours.ClosingsWithin(TimeSpan.FromHours(1), ahead));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1001)]
    public void The_last_thousand_closings_are_kept(int closings)
    {
        var closed = Enumerable.Range(0, closings).Aggregate(Open(), (record, at) => record.Close(at, "read-only"));

        Assert.Equal(1000, Hours(closed).ClosingsWithin(TimeSpan.FromHours(1), Given.Second(1001)));
    }

    [Fact]
    public void An_expired_lease_closes_an_open_gate_and_not_one_that_the_start_had_closed()
    {
        var record = Open().At(11, new LeaseLapsed(Lease)).Close(13, "read-only").At(20, new GateOpened("synced"));

        var hours = Hours(record).Now(Given.Second(30));

        Assert.Equal(TimeSpan.FromSeconds(10 + 10), hours.Open);
        Assert.Equal(
            [("lease-lapsed", 2), ("read-only", 7), ("started", 1)],
            hours.Closed.Select(row => (row.Key, (int)row.Value.TotalSeconds)));

        record.At(40, Started(null)).At(41, new LeaseLapsed(null));

        Assert.Equal(["started"], Hours(record).Now(Given.Second(50)).Closed.Keys);
    }

    /// <summary>A frozen daemon notices later.</summary>
    [Fact]
    public void A_gate_whose_lease_expired_counts_as_closed_from_its_end()
    {
        var hours = Hours(Open().At(116, new LeaseLapsed(TimeSpan.FromSeconds(16)))).Now(Given.Second(120));

        Assert.Equal(TimeSpan.FromSeconds(104), hours.Open);
        Assert.Equal(TimeSpan.FromSeconds(15), hours.Closed["lease-lapsed"]);
    }

    [Fact]
    public void A_new_daemon_counts_its_own_time_but_knows_earlier_closings()
    {
        var play = new Play().See(1).See(1.3).See(1.6).See(5, ("read_only", "ON"));
        play.Take(new Starting(Given.Second(8), "1.0", Policy.Default, play.State.Seq, [], null));

        var hours = play.Standing.Hours.Now(Given.Second(10));

        Assert.Equal(TimeSpan.Zero, hours.Open);
        Assert.Equal(TimeSpan.FromSeconds(2), hours.Closed.Values.Single());
        Assert.Equal(1, hours.ClosingsWithin(TimeSpan.FromHours(1), Given.Second(10)));
    }

    private static GateHours Hours(Recorded record) => StandingOf(record.All).Hours;
}
