using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>What a closure says about itself: its reason, what it waited for, whether it can be trusted.</summary>
public sealed class ClosureFoldTests
{
    [Fact]
    public void A_closure_is_doubtful_if_an_event_between_its_beginning_and_its_end_was_modified()
    {
        var events = TwoClosures().All;

        Assert.Equal(
            ["started", "started", "", "read-only", "read-only", "read-only", "non-primary", "non-primary"],
            events.Select(modified => Doubtful(events.Select(
                envelope => envelope == modified ? envelope with { Doubt = "modified" } : envelope))));
        Assert.Equal("", Doubtful(events));

        static string Doubtful(IEnumerable<Envelope> events) => string.Join(
            ' ', Failovers.Closures(events).Where(closure => closure.IsDoubtful).Select(closure => closure.Reason));
    }

    [Fact]
    public void A_closure_waits_for_what_keeps_the_gate_closed_at_that_moment()
    {
        var record = Open();
        var held = new HoldPlaced(Holds.Operator, "alice", "upgrade");
        var unit = new HoldPlaced(Holds.Service, "the unit", "restart");

        Assert.Equal(("server", false), After(new GateClosed("read-only", false, TimeSpan.Zero, 0)));
        Assert.Equal(("rise", true), After(new GateOpening(3, TimeSpan.Zero)));
        Assert.Equal(("server", false), After(new GateStayedClosed("read-only")));
        Assert.Equal(("rise", true), After(new GateOpening(3, TimeSpan.Zero)));
        Assert.Equal(("release", false), After(held));
        Assert.Equal(("release", false), After(new GateStayedClosed("held")));
        Assert.Equal(("release", false), After(unit));
        Assert.Equal(("release", false), After(new HoldLifted(Holds.Service, "the unit")));
        Assert.Equal(("daemon", false), After(Stopped));
        Assert.Equal(("release", false), After(Started(null)));
        Assert.Equal(("server", false), After(new HoldLifted(Holds.Operator, "alice")));
        Assert.Equal(("rise", true), After(new GateOpening(3, TimeSpan.Zero)));
        Assert.Equal(("server", false), After(Started(null)));

        (string WaitedFor, bool IsFitAgain) After(AuditEvent happened)
        {
            var closure = Failovers.Closures(record.At(10 + record.All.Count, happened).All)[^1];
            return (closure.WaitedFor, closure.FitAgain is not null);
        }
    }

    [Fact]
    public void A_gate_that_a_hold_closed_waits_for_its_release_and_then_for_the_server()
    {
        var record = Open().At(10, new HoldPlaced(Holds.File, "file", "it is there")).Close(10, "held", planned: true);

        var closure = Failovers.Closures(record.All)[^1];
        Assert.Equal(("held", true, "release"), (closure.Reason, closure.IsPlanned, closure.WaitedFor));

        record.At(20, new HoldLifted(Holds.File, "file"));
        Assert.Equal("server", Failovers.Closures(record.All)[^1].WaitedFor);
    }

    [Fact]
    public void A_gate_that_a_stop_closed_waits_for_a_daemon_and_then_for_the_server()
    {
        var record = Open().Close(10, "stopped", planned: true).At(10, Stopped);
        Assert.Equal("daemon", Failovers.Closures(record.All)[^1].WaitedFor);

        record.At(20, Started(null));
        Assert.Equal("server", Failovers.Closures(record.All)[^1].WaitedFor);
    }

    /// <summary>Null: the event says nothing about open-after.</summary>
    [Theory]
    [InlineData("2s", null, null, 2, "rise")]
    [InlineData("2s", null, null, 4, "back-off")]
    [InlineData("2s", "5s", null, 4, "rise")]
    [InlineData("5s", "2s", null, 4, "back-off")]
    [InlineData("2s", null, "5s", 4, "rise")]
    [InlineData("5s", null, "2s", 4, "back-off")]
    public void A_gate_that_waits_for_longer_than_the_policys_open_after_is_in_back_off(
        string started, string? changed, string? restarted, double waits, string waitedFor)
    {
        var record = new Recorded().At(0, Started(null) with { Policy = Policy(started) })
            .At(1, new PolicyChanged(Policy(changed))).At(2, Started(null) with { Policy = Policy(restarted) })
            .At(3, new GateOpening(3, TimeSpan.FromSeconds(waits)));

        Assert.Equal(waitedFor, Failovers.Closures(record.All).Single().WaitedFor);

        static IReadOnlyDictionary<string, string> Policy(string? openAfter) =>
            openAfter is null ? new Dictionary<string, string>() : new() { ["open-after"] = openAfter };
    }

    [Fact]
    public void A_closure_by_an_expired_lease_waits_for_the_server_once_a_daemon_runs()
    {
        var resumed = Open().At(116, new LeaseLapsed(TimeSpan.FromSeconds(16))).Close(116, "lease-lapsed");
        var restarted = Open().At(115, Started(Given.Second(100))).At(115, new LeaseLapsed(null, Given.Second(100)));

        Assert.Equal((5, "lease-lapsed", "server"), Last(resumed));
        Assert.Equal((4, "lease-lapsed", "server"), Last(restarted));

        static (long Seq, string Reason, string WaitedFor) Last(Recorded record)
        {
            var closure = Failovers.Closures(record.All)[^1];
            return (closure.Seq, closure.Reason, closure.WaitedFor);
        }
    }

    [Fact]
    public void An_expired_lease_closed_the_gate_even_if_the_start_that_found_it_is_lost()
    {
        var record = Open().At(115, new LeaseLapsed(null, Given.Second(100)));

        var closure = Failovers.Closures(record.All)[^1];

        Assert.Equal(
            (Given.Second(105), "lease-lapsed", "server"), (closure.From, closure.Reason, closure.WaitedFor));
    }

    [Fact]
    public void A_record_that_is_read_in_two_parts_has_the_closures_of_the_whole()
    {
        var events = TwoClosures().Close(30, "read-only").All;
        var (ended, end) = ClosureState.Of(events);

        Assert.Equal(Failovers.Closures(events), ended.Append(end!.Fold.Lasting));
        Assert.Equal(("n1", events.Count, "read-only"), (end.Node, end.Seq, end.Fold.Lasting!.Reason));
        Assert.All(Enumerable.Range(0, events.Count), first =>
        {
            var one = ClosureState.Of(events.Take(first));
            var other = ClosureState.Of(events.Skip(first), one.End);
            Assert.Equal(ended, one.Ended.Concat(other.Ended));
            Assert.Equal(end, other.End);
        });
    }

    /// <summary>The first start until 1, read-only from 10 to 14, non-primary from 20 to 22.</summary>
    private static Recorded TwoClosures() =>
        Open().Close(10, "read-only").At(12, new GateOpening(3, TimeSpan.Zero)).At(14, new GateOpened("synced"))
            .Close(20, "non-primary").At(22, new GateOpened("synced"));

    private static DaemonStopped Stopped =>
        new("SIGTERM", new Checkpoint(0, "Closed", "", "", "", 0, TimeSpan.Zero, null));
}
