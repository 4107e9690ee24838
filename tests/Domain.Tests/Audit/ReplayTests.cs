using System.Globalization;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>
/// What another policy would have made of a record, and that the recorded policy makes of it what was recorded. Unless
/// a story says otherwise, there are four polls a second, and a gate opens after 3 fit polls and 500 ms, and closes for
/// a donor after 2 polls and 1 s.
/// </summary>
public sealed class ReplayTests
{
    /// <summary>Each poll decides at once.</summary>
    private const string HairTrigger = "rise=1 open-after=0s fall=1 close-after=0s";

    private static readonly (string, string?) ReadOnly = ("read_only", "ON");
    private static readonly (string, string?) Donor = ("wsrep_local_state", "2");

    [Theory]
    [InlineData("", "0.5 opens, 5 read-only, 6.5 opens, 11 donor-blocking, 16 opens")]
    [InlineData("rise=8", "1.75 opens, 5 read-only, 7.75 opens, 11 donor-blocking, 16.75 opens")]
    [InlineData("rise=20", "4.75 opens, 5 read-only, 19.75 opens")]
    [InlineData("open-after=2s", "2 opens, 5 read-only, 8 opens, 11 donor-blocking, 19 opens")]
    [InlineData("fall=9", "0.5 opens, 5 read-only, 6.5 opens, 12 donor-blocking, 16 opens")]
    [InlineData("close-after=3s", "0.5 opens, 5 read-only, 6.5 opens, 13 donor-blocking, 16 opens")]
    [InlineData("nonblocking-sst-methods=rsync", "0.5 opens, 5 read-only, 6.5 opens")]
    [InlineData("available-when-read-only=true", "0.5 opens, 11 donor-blocking, 15.5 opens")]
    public void A_policy_opens_and_closes_at_the_poll_that_reaches_its_own_counts_and_times(
        string policy, string changes)
    {
        var play = Polled(new Play(), 0, 4.75);
        Polled(play, 5, 5.75, ReadOnly);
        Polled(play, 6, 9.75);
        Polled(play, 10, 14.75, Donor);
        Polled(play, 15, 20).See(20.25, ("wsrep_ready", "OFF"));

        Assert.Equal($"{changes}, 20.25 not-ready", WhatIf(policy, play));
        if (policy.Length == 0)
        {
            MustBeAsRecorded(WhatIf(policy, play), play);
        }
    }

    /// <summary>The policy that was in force at each moment is changed, not the present one.</summary>
    [Theory]
    [InlineData("", "1.5 opens, 3 read-only, 5.75 opens")]
    [InlineData("open-after=2s", "2.75 opens, 3 read-only, 6 opens")]
    [InlineData("rise=4", "1.5 opens, 3 read-only, 4.75 opens")]
    public void A_reload_is_replayed_and_the_policy_to_try_changes_what_was_in_force(string policy, string changes)
    {
        var play = Polled(new Play(PolicyOf("rise=4")), 0.75, 2.75);
        play.See(3, ReadOnly).Take(new PolicyLoaded(Given.Second(3.1), PolicyOf("rise=8")));
        Polled(play, 4, 9).See(9.25, ReadOnly);

        Assert.Equal($"{changes}, 9.25 read-only", WhatIf(policy, play));
    }

    [Fact]
    public void A_hold_closes_and_polls_count_again_from_its_release()
    {
        var play = Polled(new Play(), 0, 0.5).See(0.75, View(8))
            .Take(new HoldRequested(Given.Second(0.8), Holds.Operator, "alice", "upgrade"))
            .See(1, ReadOnly);
        Polled(play, 1.25, 3, View(9)).Take(new HoldReleased(Given.Second(3.1), Holds.Operator, "alice"));
        Polled(play, 3.25, 6, View(9)).See(6.25, View(10)).See(6.5, View(10)).See(6.75, ReadOnly);

        MustBeAsRecorded("0.5 opens, 0.8 held, 3.75 opens, 6.75 read-only", play);
        Assert.Equal("5 opens, 6.75 read-only", WhatIf("rise=8", play));
        Assert.Equal("0 opens, 0.8 held, 3.25 opens, 6.75 read-only", WhatIf(HairTrigger, play));
    }

    [Fact]
    public void A_hold_or_a_stop_while_the_gate_opens_is_not_the_time_of_a_poll()
    {
        var held = Polled(new Play(), 0, 0.25)
            .Take(new HoldRequested(Given.Second(0.3), Holds.Operator, "alice", "upgrade"));
        Polled(held, 0.5, 2).See(2.25, ReadOnly);
        var stopped = Polled(new Play(), 0, 0.25).Take(new Stopping(Given.Second(0.3), KeepRedirect: false))
            .See(0.5, ReadOnly);

        Assert.Equal("0.25 opens, 0.3 held", WhatIf("rise=2 open-after=0s", held));
        Assert.Equal("0.25 opens, 0.3 stopped", WhatIf("rise=2 open-after=0s", stopped));
    }

    [Fact]
    public void A_stall_restarts_the_count_and_the_polls_after_it_are_spaced_from_its_end()
    {
        var play = Polled(new Play(), 0, 0.25).Take(new Stalled(Given.Second(10), TimeSpan.FromSeconds(9.5)));
        Polled(play, 10.25, 15).See(15.25, ReadOnly);

        MustBeAsRecorded("10.75 opens, 15.25 read-only", play);
        Assert.Equal("12 opens, 15.25 read-only", WhatIf("rise=8", play));
    }

    [Fact]
    public void A_stall_withdraws_an_opening_that_waited_for_the_disk_as_it_did_then()
    {
        var play = Polled(new Play(), 0, 0.5).Take(new Stalled(Given.Second(2), TimeSpan.FromSeconds(1.5)));
        Polled(play, 2.25, 5).See(5.25, ReadOnly);

        MustBeAsRecorded("0.5 opens, 2 lease-lapsed, 2.75 opens, 5.25 read-only", play);
    }

    [Fact]
    public void A_lapsed_lease_closes_whatever_the_policy()
    {
        var play = Polled(new Play(), 0, 4.75);
        play.Take(new LeaseRanOut(Given.Second(4.9), play.State.Opened!.Value, TimeSpan.FromSeconds(6)));
        Polled(play, 5, 8).See(8.25, ReadOnly);

        MustBeAsRecorded("0.5 opens, 4.9 lease-lapsed, 5.5 opens, 8.25 read-only", play);
        Assert.Equal("1.75 opens, 4.9 lease-lapsed, 6.75 opens, 8.25 read-only", WhatIf("rise=8", play));
    }

    [Fact]
    public void A_stop_closes()
    {
        var play = Polled(new Play(), 0, 4.75);
        Stop(play, keepRedirect: false);

        MustBeAsRecorded("0.5 opens, 4.9 stopped", play);
        Assert.Equal("1.75 opens, 4.9 stopped", WhatIf("rise=8", play));
    }

    [Fact]
    public void A_stop_also_closes_a_gate_that_was_not_open_then()
    {
        var play = Polled(new Play(), 0, 4.75, ReadOnly);
        Stop(play, keepRedirect: false);
        var next = Next(play, 60).See(61, ReadOnly);

        MustBeAsRecorded("", play, next);
        Assert.Equal("0.5 opens, 5 stopped", WhatIf("available-when-read-only=true", play, next));
    }

    [Fact]
    public void A_gate_that_was_handed_over_has_been_open_all_the_time()
    {
        var play = Polled(new Play(null, Family.Ipv4), 0, 4.75);
        Stop(play, keepRedirect: true);
        var next = Next(play, 6, Family.Ipv4)
            .Take(new RedirectReported(Given.Second(6.1), Family.Ipv4, play.State.Opened, null));
        Polled(next, 6.25, 8).See(8.25, ReadOnly);

        Assert.Single(next.Events, one => one.Event is GateAdopted);
        MustBeAsRecorded("0.5 opens, 8.25 read-only", play, next);
        Assert.Equal("1.75 opens, 8.25 read-only", WhatIf("rise=8", play, next));
    }

    [Fact]
    public void A_gate_that_the_next_daemon_opens_again_has_not_changed()
    {
        var killed = Polled(new Play(), 0, 4.75);
        var next = Polled(Next(killed, 5), 5.25, 8).See(8.25, ReadOnly);

        Assert.Single(next.Events, one => one.Event is GateOpened);
        MustBeAsRecorded("0.5 opens, 8.25 read-only", killed, next);
    }

    /// <summary>Two polls a second. Nothing says how often the last answer repeated before the kill.</summary>
    [Fact]
    public void The_last_answer_before_a_kill_repeated_at_its_pace_until_the_last_event()
    {
        var play = Polled(new Play(), 0, 2.5, every: 0.5).See(3, ReadOnly);
        Polled(play, 4, 9.5, every: 0.5).Take(new HoldRequested(Given.Second(10), Holds.File, "file", "it is there"));
        var next = Next(play, 20);

        MustBeAsRecorded("1 opens, 3 read-only, 5 opens, 10 held", play, next);
        Assert.Equal("7.5 opens, 10 held", WhatIf("rise=8", play, next));
    }

    [Fact]
    public void Polls_of_one_moment_do_not_set_the_pace()
    {
        var play = new Play().See(0).See(0).See(0.1, ReadOnly)
            .Take(new HoldRequested(Given.Second(9.1), Holds.File, "file", "it is there"));

        MustBeAsRecorded("", play);
        Assert.Equal("0.6 opens, 9.1 held", WhatIf("available-when-read-only=true", play));
    }

    /// <summary>Ten polls a second; nothing says so, and the usual pace has no poll in this time.</summary>
    [Fact]
    public void A_decision_shortly_before_a_kill_was_made_at_a_poll()
    {
        var play = new Play(PolicyOf("rise=2 open-after=100ms")).See(0).See(0.1);

        MustBeAsRecorded("0.1 opens", play);
    }

    [Fact]
    public void A_probed_disk_opens_no_gate_until_it_answers()
    {
        var play = new Play();
        play.Take(new Starting(
            Given.Second(0), "1.0", Policy.Default, play.State.Seq, [], null, DiskProbe: true));
        Polled(play, 0.25, 1).Take(new DiskChanged(Given.Second(1.1), null));
        Polled(play, 1.25, 4).See(4.25, ReadOnly);

        MustBeAsRecorded("1.75 opens, 4.25 read-only", play);
        Assert.Equal("3 opens, 4.25 read-only", WhatIf("rise=8", play));
    }

    /// <summary>
    /// The disk hangs three times while the server's answer stays the same, so the record has the times of decisions
    /// only. Their polls are a little off the pace.
    /// </summary>
    [Fact]
    public void A_poll_that_led_to_a_decision_is_replayed_at_its_own_time()
    {
        var play = Polled(new Play(), 0, 1, ReadOnly);
        Disk(Polled(play, 1.25, 3).See(3.25), 3.3, "hangs").See(3.55);
        Disk(play, 3.6, null).See(3.7);
        Disk(Polled(play, 4, 5), 5.05, "hangs").See(5.2);
        Disk(Polled(Polled(play, 5.5, 6).See(6.3), 6.5, 8), 8.05, null).See(8.2);
        Disk(play, 8.35, "hangs").See(8.6);
        Polled(play, 8.75, 10).See(10.25, ReadOnly);

        Assert.Equal(
            ["GateClosing", "GateStayedOpen", "GateClosing", "GateClosed", "GateOpening", "GateStayedClosed"],
            play.Events.SkipWhile(one => one.Event is not GateOpened).Skip(1)
                .Where(one => one.Type.StartsWith("Gate", StringComparison.Ordinal)).Select(one => one.Type));
        MustBeAsRecorded("1.75 opens, 6.3 disk", play);
        Assert.Equal(
            "1.25 opens, 3.55 disk, 3.7 opens, 5.2 disk, 8.2 opens, 8.6 disk", WhatIf(HairTrigger, play));
    }

    private static Play Polled(Play play, double from, double to, params (string Name, string? Value)[] seen) =>
        Polled(play, from, to, 0.25, seen);

    private static Play Polled(
        Play play, double from, double to, double every, params (string Name, string? Value)[] seen)
    {
        for (var second = from; second <= to; second += every)
        {
            play.See(second, seen);
        }

        return play;
    }

    private static Play Disk(Play play, double second, string? trouble) =>
        play.Take(new DiskChanged(Given.Second(second), trouble));

    private static void Stop(Play play, bool keepRedirect) => play
        .Take(new Stopping(Given.Second(4.9), keepRedirect))
        .Take(new Stopped(Given.Second(5), "SIGTERM"));

    /// <summary>The next daemon, after a kill or a stop.</summary>
    private static Play Next(Play play, double second, params Family[] families) =>
        new(play.State, Policy.Default, Given.Second(second), families);

    private static (string, string?) View(int number) =>
        ("wsrep_cluster_conf_id", number.ToString(CultureInfo.InvariantCulture));

    private static Policy PolicyOf(string settings) => Policy.Default.With(SettingsOf(settings));

    private static Dictionary<string, string> SettingsOf(string settings) => settings
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(setting => setting.Split('=')[0], setting => setting.Split('=')[1]);

    private static void MustBeAsRecorded(string changes, params Play[] daemons)
    {
        Assert.Equal(changes, Words(Replay.Recorded(daemons.SelectMany(play => play.Events))));
        Assert.Equal(changes, WhatIf("", daemons));
    }

    private static string WhatIf(string changed, params Play[] daemons) => Words(Replay.Run(
        daemons.SelectMany(play => play.Events), policy => policy.With(SettingsOf(changed))));

    private static string Words(IEnumerable<GateChange> changes) => string.Join(", ", changes.Select(change =>
    {
        var (utc, passed) = (change.At.Utc - Given.Second(0).Utc, change.At.Since(Given.Second(0))!.Value);
        Assert.Equal(utc.TotalSeconds, passed.TotalSeconds, 3);
        Assert.Equal(change.Open, change.Reason == "synced");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{passed.TotalSeconds:0.###} {(change.Open ? "opens" : change.Reason)}");
    }));
}
