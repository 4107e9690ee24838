using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

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
}
