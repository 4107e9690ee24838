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

    private static Play Opened() => new Play().See(1).See(1.3).See(1.6);

    private static GateWords Words(Play play, double second) =>
        GateWords.Of(play.State, play.Memory, play.Standing, Given.Second(second));

    private static (string Why, string Next) Both(Play play, double second) =>
        Words(play, second) is var (why, next) ? (why, next) : default;
}
