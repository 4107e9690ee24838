using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

public sealed class FailoversTests
{
    private static readonly (string, string?) ReadOnly = ("read_only", "ON");

    [Fact]
    public void Each_closure_has_its_reason_its_duration_and_what_it_waited_for()
    {
        // Open at 2; read-only from 10 to 14; read-only again from 20, when the first close has doubled open-after.
        var play = new Play()
            .See(1)
            .See(1.5)
            .See(2)
            .See(10, ReadOnly)
            .See(14)
            .See(14.3)
            .See(14.6)
            .See(20, ReadOnly)
            .See(22)
            .See(22.5)
            .See(24);

        var closures = Failovers.Closures(play.Events).ToList();

        Assert.Equal(["started", "read-only", "read-only"], closures.Select(closure => closure.Reason));
        Assert.Equal([2, 4.6, 4], closures.Select(closure => closure.Lasted!.Value.TotalSeconds));
        Assert.Equal(["rise", "rise", "back-off"], closures.Select(closure => closure.WaitedFor));
        Assert.Equal(Given.Second(14), closures[1].FitAgain);
    }

    [Fact]
    public void A_closure_that_lasts_has_no_end_and_shows_what_it_waits_for()
    {
        var play = new Play().See(1).See(1.5).See(2).See(10, ReadOnly);
        Assert.Equal(((Instant?)null, "server"), LastOf(play));

        play.See(11);
        Assert.Equal("rise", LastOf(play).WaitedFor);

        play.Take(new HoldRequested(Given.Second(12), Holds.Operator, "root", "why"));
        Assert.Equal("release", LastOf(play).WaitedFor);
    }

    [Fact]
    public void A_restart_that_adopted_the_open_gate_is_not_a_closure()
    {
        var play = new Play(null, Family.Ipv4).See(1).See(1.5).See(2).Synced(2.1);
        var opened = play.State.Opened;
        play.Take(new Starting(Given.Second(5), "1.0", Policy.Default, play.State.Seq, [Family.Ipv4], null));
        play.Take(new RedirectReported(Given.Second(5.1), Family.Ipv4, opened, null));

        Assert.Single(Failovers.Closures(play.Events));
    }

    [Fact]
    public void Each_period_with_too_few_open_nodes_has_its_number_of_them()
    {
        var one = Events("n1", (0, true), (10, false), (20, true));
        var two = Events("n2", (1, true), (12, false), (15, true));
        var both = one.Concat(two).OrderBy(envelope => envelope.At.Utc).ToList();

        Assert.Equal(
            [(0.0, 1.0, 1), (10, 12, 1), (12, 15, 0), (15, 20, 1)],
            Short(both, 2).Select(one => (Seconds(one.From), Seconds(one.To!.Value), one.Open)));
        Assert.Equal(
            [(12.0, 15.0, 0)],
            Short(both, 1).Select(one => (Seconds(one.From), Seconds(one.To!.Value), one.Open)));
        Assert.Null(Short(both.SkipLast(1), 2).Last().To);
    }

    [Fact]
    public void Before_the_first_opening_no_node_is_missing()
    {
        GateTurn[] turns = [Turn(0, "n1", false), Turn(3, "n2", false), Turn(5, "n1", true), Turn(8, "n1", false)];

        Assert.Equal([(8.0, 0)], Shortages.Of(turns, 1).Select(one => (Seconds(one.From), one.Open)));
        Assert.Equal([(5.0, 1), (8, 0)], Shortages.Of(turns, 2).Select(one => (Seconds(one.From), one.Open)));
    }

    [Fact]
    public void A_node_that_opens_at_the_moment_when_another_closes_ends_no_period()
    {
        GateTurn[] turns = [Turn(0, "n1", true), Turn(5, "n1", false), Turn(5, "n2", true), Turn(8, "n1", true)];

        var shortage = Assert.Single(Shortages.Of(turns, 2));

        Assert.Equal((0, 8, 1), (Seconds(shortage.From), Seconds(shortage.To!.Value), shortage.Open));
    }

    [Fact]
    public void Closures_are_ordered_by_their_beginning_then_by_node_then_by_event()
    {
        Closure[] closures = [At(2, "n1", 1), At(1, "n2", 4), At(1, "n1", 9), At(1, "n1", 5), At(1, "n1", 7)];

        Assert.Equal(
            [("n1", 5L), ("n1", 7L), ("n1", 9L), ("n2", 4L), ("n1", 1L)],
            Failovers.InOrder(closures).Select(closure => (closure.Node, closure.Seq)));

        static Closure At(double second, string node, long seq) =>
            new(node, seq, Given.Second(second), Given.Second(second), "read-only", null, "rise");
    }

    private static GateTurn Turn(double second, string node, bool open) => new(Given.Second(second).Utc, node, open);

    private static IEnumerable<Shortage> Short(IEnumerable<Envelope> events, int fewerThan) =>
        Shortages.Of(GateTurns.Of(Failovers.Closures(events)), fewerThan);

    private static (Instant? To, string WaitedFor) LastOf(Play play) =>
        Failovers.Closures(play.Events).Select(closure => (closure.To, closure.WaitedFor)).Last();

    private static IEnumerable<Envelope> Events(string node, params (double Second, bool Open)[] turns) =>
        turns.Aggregate(
            new Recorded(node).At(-1, Recorded.Started(null)),
            (record, turn) => turn.Open
                ? record.At(turn.Second, new GateOpened("synced"))
                : record.Close(turn.Second, "read-only")).All;
}
