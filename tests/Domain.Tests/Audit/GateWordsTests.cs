using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Audit;

public sealed class GateWordsTests
{
    private static readonly (string, string?) ReadOnly = ("read_only", "ON");
    private static readonly (string, string?) Donor = ("wsrep_local_state", "2");

    [Fact]
    public void Every_reason_has_words_in_the_order_of_precedence() =>
        Assert.Equal(Reason.All.Select(row => row.Flag), ReasonWords.All.Select(row => row.Flag));

    [Fact]
    public void A_closed_gate_shows_the_variable_and_what_it_waits_for()
    {
        var play = Opened().See(5, ReadOnly);

        Assert.Equal(("read_only is ON", "opens 3 good probes after read_only is OFF"), Both(play, 5));
    }

    [Fact]
    public void Every_reason_appears_in_both_lines()
    {
        var (why, next) = Words(Opened().See(5, ReadOnly, ("pxc_maint_mode", "MAINTENANCE")), 5);

        Assert.Equal("read_only is ON, pxc_maint_mode is MAINTENANCE", why);
        Assert.Equal("opens 3 good probes after read_only is OFF and pxc_maint_mode is DISABLED", next);
    }

    [Fact]
    public void A_gate_that_flapped_shows_how_long_it_backs_off()
    {
        var play = Opened().See(5, ReadOnly).See(6).See(6.3).See(7).See(8, ReadOnly);

        Assert.Equal(
            "opens 3 good probes and 1 s (back-off) after read_only is OFF", Words(play, 8).Next);
    }

    [Fact]
    public void An_opening_gate_shows_what_had_closed_it_and_what_remains()
    {
        var (why, next) = Words(Opened().See(5, ReadOnly).See(6), 6.1);

        Assert.Equal("the server is read-only; the node is fit now", why);
        Assert.Equal("opens in 0.4 s and 2 good probes", next);
    }

    [Fact]
    public void A_debounced_fault_shows_its_remaining_grace()
    {
        var (why, next) = Words(Opened().See(5, Donor), 5.2);

        Assert.StartsWith("the node is a donor, and ", why, StringComparison.Ordinal);
        Assert.Equal("closes in 0.8 s and 1 bad probe unless the state transfer has ended", next);
    }

    [Fact]
    public void A_hold_shows_its_author_and_how_to_release_it()
    {
        var play = Opened().Take(new HoldRequested(Given.Second(5), Holds.Operator, "alice", "upgrade"));
        Assert.Equal(("held by alice: upgrade", "opens 3 good probes after galeragate release"), Both(play, 5));

        play.See(6, ReadOnly);
        Assert.Equal(
            (
                "held by alice: upgrade, read_only is ON",
                "opens 3 good probes after galeragate release and read_only is OFF"),
            Both(play, 6));
    }

    [Fact]
    public void A_new_daemon_has_observed_nothing_yet() =>
        Assert.Equal(
            ("the server has not answered yet", "opens 3 good probes after the server answers"), Both(new Play(), 0));

    [Fact]
    public void An_open_gate_shows_that_the_node_is_fit_and_what_comes_next()
    {
        var play = new Play(null, Family.Ipv4).See(1).See(1.3).See(1.6);
        play.Take(new RedirectReported(Given.Second(1.7), Family.Ipv4, null, null));
        Assert.StartsWith("the redirect follows once event #", Words(play, 2).Next, StringComparison.Ordinal);

        play.Synced(2);
        Assert.Equal("the redirect is being made", Words(play, 2).Next);

        play.Take(new RedirectReported(Given.Second(2.1), Family.Ipv4, play.State.Opened, null));
        Assert.Equal(
            (
                "the node is fit: synced",
                "closes at once when the node is unfit; a soft fault gets 2 bad probes and 1 s"),
            Both(play, 3));
    }

    [Fact]
    public void An_adopted_gate_is_not_called_fit_before_the_server_has_answered()
    {
        var before = new Play(null, Family.Ipv4).See(1).See(1.3).See(1.6).Synced(2);
        var play = new Play(before.State, Policy.Default, Given.Second(5), Family.Ipv4);
        play.Take(new RedirectReported(Given.Second(5.1), Family.Ipv4, before.State.Opened, null));

        Assert.Equal(GatePhase.Open, play.State.Phase);
        Assert.Equal("the server has not answered yet", Words(play, 5.1).Why);
    }

    [Fact]
    public void Until_its_first_turn_a_daemon_shows_what_its_predecessor_recorded()
    {
        var before = Opened().See(5, ("wsrep_cluster_status", "non-Primary"));

        Assert.Equal(
            "wsrep_cluster_status is non-Primary",
            GateWords.Of(before.State, new GateMemory("n1", Policy.Default), before.Standing, Given.Second(6)).Why);
    }

    [Fact]
    public void A_number_that_is_not_recorded_at_each_change_is_shown_as_last_seen()
    {
        var play = new Play(Policy.Create(new Dictionary<string, string> { ["receive-queue-high"] = "10" }))
            .See(1).See(1.3).See(1.6).See(5, Queue("20")).See(5.2, Queue("30"));

        Assert.Equal(("the receive queue is 30", "20"), (Words(play, 5.3).Why, play.State.Answer!.ReceiveQueue.Text));

        static (string, string?) Queue(string length) => ("wsrep_local_recv_queue", length);
    }

    [Fact]
    public void A_daemon_that_stops_says_so() =>
        Assert.Equal(
            "the daemon is stopping",
            Words(Opened().Take(new Stopping(Given.Second(2), KeepRedirect: true)), 2).Next);

    [Theory]
    [InlineData("read-only", "the server is read-only; the node is fit now")]
    [InlineData("held", "the gate was held; the node is fit now")]
    [InlineData("stopped", "the daemon was stopped; the node is fit now")]
    [InlineData("of-a-newer-version", "of-a-newer-version; the node is fit now")]
    public void A_node_that_is_fit_again_shows_what_had_closed_its_gate(string reason, string words)
    {
        var play = Opened().See(5, ReadOnly).See(6);
        var standing = play.Standing with { GateEvent = new Recorded().Close(5, reason).All[0] };

        Assert.Equal(words, GateWords.Of(play.State, play.Memory, standing, Given.Second(6)).Why);
    }

    [Theory]
    [InlineData(1, 6.1, "opens in 0.4 s and 2 good probes")]
    [InlineData(1, 6.5, "opens with 2 good probes")]
    [InlineData(2, 6.3, "opens in 0.2 s and 1 good probe")]
    [InlineData(2, 6.6, "opens with the next good probe")]
    [InlineData(3, 6.49, "opens in 0 s and 1 good probe")]
    public void An_opening_gate_counts_probes_and_time_down(int probes, double second, string next)
    {
        var play = Opened().See(5, ReadOnly);
        for (var probe = 0; probe < probes; probe++)
        {
            play.See(6 + (0.2 * probe));
        }

        Assert.Equal(next, Words(play, second).Next);
    }

    [Fact]
    public void An_opening_gate_that_flapped_says_that_it_backs_off() =>
        Assert.Equal(
            "opens in 0.8 s and 2 good probes (back-off)",
            Words(Opened().See(5, ReadOnly).See(6).See(6.3).See(7).See(8, ReadOnly).See(9), 9.2).Next);

    private static Play Opened() => new Play().See(1).See(1.3).See(1.6);

    private static GateWords Words(Play play, double second) =>
        GateWords.Of(play.State, play.Memory, play.Standing, Given.Second(second));

    private static (string Why, string Next) Both(Play play, double second) =>
        Words(play, second) is var (why, next) ? (why, next) : default;
}
