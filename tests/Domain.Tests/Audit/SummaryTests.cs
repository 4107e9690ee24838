using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>The summary of a period, and which closures belong together.</summary>
public sealed class SummaryTests
{
    [Fact]
    public void The_share_of_open_time_is_given_for_each_node_and_the_cluster()
    {
        // n1 is open from 1 to 11 and from 21 on, n2 from 1 to 16, so no gate is open from 16 to 21.
        var summary = SummaryOf(Two(), null, 101)!;

        Assert.Equal((90, 101), Of(summary.Served.Nodes["n1"]));
        Assert.Equal((15, 101), Of(summary.Served.Nodes["n2"]));
        Assert.Equal((95, 100), Of(summary.Served.Cluster));
        Assert.Equal(1, summary.Served.Spells);
        Assert.Equal(0.95, summary.Served.Cluster.Share);
        Assert.Equal(
            [new CauseSum("stop", true, 1, Time(85)), new CauseSum("read-only", false, 1, Time(10))], summary.Causes);
        Assert.Equal(7, summary.ClientsReset);
    }

    [Fact]
    public void A_shorter_period_counts_only_what_lies_in_it()
    {
        var summary = SummaryOf(Two(), 15, 25)!;

        Assert.Equal((4, 10), Of(summary.Served.Nodes["n1"]));
        Assert.Equal((1, 10), Of(summary.Served.Nodes["n2"]));
        Assert.Equal((5, 10), Of(summary.Served.Cluster));
        Assert.Equal(0, summary.ClientsReset);
    }

    [Fact]
    public void Without_bounds_the_period_is_from_the_first_event_to_the_last()
    {
        var summary = SummaryOf(Two(), null, null)!;

        Assert.Equal((Given.Second(0).Utc, Given.Second(21).Utc), (summary.Served.From, summary.Served.To));
        Assert.Equal((10, 21), Of(summary.Served.Nodes["n1"]));
    }

    [Fact]
    public void A_closure_that_ends_as_the_period_begins_is_not_in_it_and_one_that_begins_as_it_ends_is()
    {
        Assert.Equal([new CauseSum("stop", true, 1, Time(9))], SummaryOf(Two(), 21, 30)!.Causes);
        Assert.Equal([new CauseSum("read-only", false, 1, Time(0))], SummaryOf(Two(), 5, 11)!.Causes);
    }

    [Fact]
    public void Reasons_for_which_gates_were_closed_equally_long_are_in_the_order_of_the_alphabet()
    {
        var opened = new GateOpened("synced");
        var record = Open().Close(10, "read-only").At(15, opened).Close(20, "disk").At(25, opened)
            .Close(30, "maintenance").At(36, opened);

        var causes = SummaryOf(record.All, null, 40)!.Causes;

        Assert.Equal(["maintenance", "disk", "read-only"], causes.Select(cause => cause.Reason));
    }

    [Fact]
    public void No_events_give_no_summary() => Assert.Null(SummaryOf([], null, 1));

    [Fact]
    public void Closures_of_one_view_change_or_of_joiner_and_donor_are_related()
    {
        var one = Open("n1").Close(10, "non-primary", view: 7).At(12, new GateOpened("synced"))
            .Close(100, "donor-blocking");
        var two = Open("n2").Close(11, "non-primary", view: 7).At(13, new GateOpened("synced"));
        var three = Open("n3").Close(90, "unreachable").At(130, new GateOpened("synced"));
        var closures = Failovers.Closures([.. one.All, .. two.All, .. three.All]);

        var with = Links.Of(closures);

        Assert.Equal(
            [
                ("n1", "started", ""), ("n2", "started", ""), ("n3", "started", ""),
                ("n1", "non-primary", "n2"), ("n2", "non-primary", "n1"),
                ("n3", "unreachable", "n1"), ("n1", "donor-blocking", "n3"),
            ],
            closures.Select(closure => (closure.Node, closure.Reason, string.Join(' ', with(closure)))));
    }

    private static Summary? SummaryOf(IEnumerable<Envelope> events, double? since, double? until)
    {
        var (from, to) = (Utc(since), Utc(until));
        var extent = new Extent(from);
        var closures = Failovers.Closures(extent.Watch(events.Where(envelope => !(envelope.At.Utc > to))));
        return Summary.Of(closures, extent, from, to);
    }

    private static IEnumerable<Envelope> Two() =>
        Open("n1").Close(11, "read-only").At(12, new ConnectionsReset(2, 7)).At(21, new GateOpened("synced")).All
            .Concat(Open("n2").Close(16, "stop", planned: true).All)
            .OrderBy(envelope => envelope.At.Utc);

    private static (double Open, double Known) Of(Served served) =>
        (served.Open.TotalSeconds, served.Known.TotalSeconds);

    private static TimeSpan Time(double seconds) => TimeSpan.FromSeconds(seconds);
}
