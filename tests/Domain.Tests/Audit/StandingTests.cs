using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using static GaleraGate.Domain.Tests.Audit.Recorded;

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

    [Theory]
    [InlineData("", "DaemonStarted", 9)]
    [InlineData("opened", "DaemonStarted", 9)]
    [InlineData("adopted", "DaemonStarted", 9)]
    [InlineData("closed", "GateClosed", 5)]
    public void A_start_is_why_the_gate_is_closed_unless_it_had_been_closed_before(
        string before, string because, double since)
    {
        var record = before switch
        {
            "opened" => new Recorded().At(5, new GateOpened("synced")),
            "adopted" => new Recorded().At(5, new GateAdopted(1)),
            "closed" => new Recorded().Close(5, "read-only"),
            _ => new Recorded(),
        };

        var standing = StandingOf(record.At(9, Started(null)).All);

        Assert.Equal((because, Given.Second(since)), (standing.GateEvent!.Type, standing.GateSince));
    }

    [Fact]
    public void An_expired_lease_is_why_the_gate_is_closed_until_its_closing_is_recorded_and_since_when_it_expired()
    {
        var record = Open().At(116, new LeaseLapsed(TimeSpan.FromSeconds(16)));
        Assert.Equal(("LeaseLapsed", Given.Second(105)), Why());

        record.At(116, new LoopStalled(TimeSpan.FromSeconds(16)));
        Assert.Equal(("LeaseLapsed", Given.Second(105)), Why());

        record.Close(116, "lease-lapsed").At(117, new GateStayedClosed("read-only"));
        Assert.Equal(("GateClosed", Given.Second(105)), Why());

        (string, Instant) Why()
        {
            var standing = StandingOf(record.All);
            return (standing.GateEvent!.Type, standing.GateSince);
        }
    }

    [Fact]
    public void An_adopted_gate_whose_opening_is_not_the_last_recorded_one_counts_from_its_adoption()
    {
        var adopted = new GateAdopted(77);

        Assert.Equal(Given.Second(8), StandingOf(new Recorded().At(8, adopted).All).GateSince);
        Assert.Equal(
            Given.Second(8), StandingOf(new Recorded().At(1, new GateOpened("synced")).At(8, adopted).All).GateSince);
    }

    [Fact]
    public void Everything_is_counted_once_each_time_and_connections_one_by_one()
    {
        var change = new RuleChange(Family.Ipv4, "-A X", "iptables", 0, TimeSpan.Zero);
        AuditEvent[] happened =
        [
            new RedirectAdded(change),
            new RedirectRemoved(change),
            new RedirectChangeFailed(change, "no"),
            new DriftFound(Family.Ipv4, "-A X", IsThere: true),
            new DriftMended(Family.Ipv4, 1, TimeSpan.Zero),
            new ConnectionsReset(1, 10),
            new ServerRestarted(1),
            new LeaseLapsed(null),
            new LoopStalled(TimeSpan.Zero),
        ];
        var record = new Recorded();
        for (var at = 0; at < happened.Length; at++)
        {
            Enumerable.Range(0, at + 1).ToList().ForEach(_ => record.At(at, happened[at]));
        }

        var standing = StandingOf(record.All);

        Assert.Equal(
            new Counters
            {
                RedirectsAdded = 1,
                RedirectsRemoved = 2,
                ChangesFailed = 3,
                DriftFound = 4,
                DriftMended = 5,
                ConnectionsReset = 60,
                ServerRestarts = 7,
                LeasesLapsed = 8,
                Stalls = 9,
            },
            standing.Counters);
        Assert.Equal(Given.Second(6), standing.ServerRestarted);
    }

    /// <summary>A hold for a restart of the service waits for the server.</summary>
    [Fact]
    public void A_restart_of_the_provider_alone_is_counted_and_is_not_one_of_the_server()
    {
        var standing = StandingOf(
            new Recorded().At(1, new ServerRestarted(0)).At(9, new ServerRestarted(8, ProviderOnly: true)).All);

        Assert.Equal((2, Given.Second(1)), (standing.Counters.ServerRestarts, standing.ServerRestarted));
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
