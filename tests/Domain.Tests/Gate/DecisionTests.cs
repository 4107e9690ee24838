using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

/// <summary>
/// What follows from a signal, where a story shows too little of it: causes, marks, restarts, the fold.
/// </summary>
public sealed class DecisionTests
{
    private static readonly (string, string?) ReadOnly = ("read_only", "ON");

    [Fact]
    public void A_restart_is_noticed_against_the_latest_answer_even_if_that_was_not_recorded()
    {
        var play = new Play().See(0, ("Uptime", "1000")).See(1, ("Uptime", "5000")).See(2, ("Uptime", "2000"));

        Assert.Single(play.Events, one => one.Event is ServerRestarted);
    }

    /// <summary>A server that hangs may also be younger than it should be: its clock was set back.</summary>
    [Theory]
    [InlineData(ProbeError.Refused, "8", true)]
    [InlineData(ProbeError.Refused, "13", false)]
    [InlineData(ProbeError.Timeout, "8", false)]
    public void A_server_that_refused_connections_for_longer_than_it_is_up_has_restarted(
        ProbeError error, string uptime, bool isRestart)
    {
        var play = new Play().See(0, ("Uptime", "4"));
        foreach (var second in new[] { 0.5, 5, 9 })
        {
            play.Take(new Observed(Given.Second(second), Observation.Failed(error)));
        }

        play.See(9.5, ("Uptime", uptime)).See(10, ("Uptime", uptime));

        Assert.Equal(isRestart ? 1 : 0, play.Events.Count(one => one.Event is ServerRestarted));
    }

    /// <summary>
    /// A disconnected provider names no uuid; when it connects again, it has another. One that restarts with its server
    /// may name its uuid in a later answer.
    /// </summary>
    [Theory]
    [InlineData("1000", "1001", "b", true)]
    [InlineData("1000", "1000", "b", true)]
    [InlineData("1000", "1", "b", null)]
    [InlineData("1000", null, "b", null)]
    [InlineData(null, "1000", "b", null)]
    [InlineData("1000", "1001", "00000000-0000-0000-0000-000000000000", true)]
    [InlineData("1000", "1001", null, true)]
    [InlineData("1000", "1", null, null)]
    public void Another_uuid_of_the_provider_is_one_restart_and_the_event_names_what_restarted(
        string? before, string? after, string? first, bool? providerOnly)
    {
        const string Uuid = "wsrep_gcomm_uuid";
        var play = new Play()
            .See(0, ("Uptime", before), (Uuid, "a"))
            .See(1, ("Uptime", after), (Uuid, first))
            .See(2, ("Uptime", after), (Uuid, "b"))
            .See(3, ("Uptime", after), (Uuid, "b"));

        var restarted = Assert.Single(play.Events.Select(one => one.Event).OfType<ServerRestarted>());
        Assert.Equal(providerOnly, restarted.ProviderOnly);
    }

    [Fact]
    public void A_new_daemon_notices_a_restart_since_the_last_recorded_answer()
    {
        var before = new Play().See(0, ("Uptime", "1000")).Take(
            new Observed(Given.Second(1), Observation.Failed(ProbeError.Refused)));
        var after = new Play(before.State, Policy.Default, Given.Second(2)).See(3, ("Uptime", "1"));

        Assert.Equal("1000", before.State.Answer!.Uptime.Text);
        Assert.Single(after.Events, one => one.Event is ServerRestarted);
    }

    [Fact]
    public void A_new_daemon_notices_another_provider_than_that_of_the_last_recorded_answer()
    {
        var before = new Play().See(0);
        var after = new Play(before.State, Policy.Default, Given.Second(2)).See(3, ("wsrep_gcomm_uuid", "b"));

        Assert.True(Assert.Single(after.Events.Select(one => one.Event).OfType<ServerRestarted>()).ProviderOnly);
    }

    /// <summary>
    /// A provider that connects again shows Inconsistent until it joins, and a poll in between may be unreadable. If a
    /// node has been inconsistent since a restart, only another restart explains why it left that state.
    /// </summary>
    [Theory]
    [InlineData("4 5 5b 4b", StepClass.Restart)]
    [InlineData("4 5 5b ? 4b", StepClass.Restart)]
    [InlineData("4 5 5b 5b 2b", StepClass.Restart)]
    [InlineData("4 5b 4b", StepClass.Anomalous)]
    [InlineData("4 5 5b 4b 5b 4b", StepClass.Anomalous)]
    [InlineData("4 4b 5b 4b", StepClass.Anomalous)]
    public void A_restart_explains_one_step_out_of_Inconsistent(string answers, StepClass last)
    {
        var play = new Play();
        foreach (var (second, answer) in answers.Split(' ').Index())
        {
            play.See(
                second,
                ("wsrep_local_state", answer == "?" ? null : answer[..1]),
                ("wsrep_gcomm_uuid", answer is "?" || answer.EndsWith('b') ? "b" : "a"));
        }

        Assert.Equal(last, play.Events.Select(one => one.Event).OfType<NodeStateChanged>().Last().Class);
    }

    [Fact]
    public void The_first_observation_after_a_restart_counts()
    {
        var play = new Play().See(0).See(0.25).See(0.5, ("Uptime", "1")).See(0.75, ("Uptime", "1"));

        Assert.Equal(GatePhase.Opening, play.State.Phase);
        Assert.Equal(GatePhase.Open, play.See(1, ("Uptime", "1")).State.Phase);
    }

    [Fact]
    public void A_value_between_the_marks_is_fit_until_the_high_one_was_passed()
    {
        var policy = Policy.Create(new Dictionary<string, string>
        {
            ["receive-queue-high"] = "1000",
            ["receive-queue-low"] = "100",
        });
        var play = new Play(policy).See(0).See(1, ("wsrep_local_recv_queue", "500"));

        Assert.True(play.State.Verdict!.Value.IsFit);
        play.See(2, ("wsrep_local_recv_queue", "1001")).See(3, ("wsrep_local_recv_queue", "500"));
        Assert.Equal("receive-queue", play.State.Verdict!.Value.Headline);
    }

    [Fact]
    public void The_grace_of_a_replica_runs_from_when_it_last_replicated()
    {
        var policy = Policy.Create(new Dictionary<string, string> { ["mode"] = "replica", ["replica-grace"] = "10s" });
        (string, string?)[] replicates = [("replica_running", "ON"), ("replica_lag", "0")];
        (string, string?)[] lost = [("replica_running", "OFF"), ("replica_connecting", "ON")];
        var play = new Play(policy).See(0, replicates).See(5, replicates).See(6, lost);

        Assert.Equal(Waiver.ReplicaGrace, play.State.Verdict!.Value.Waiver);
        Assert.True(play.See(14.9, lost).State.Verdict!.Value.IsFit);
        Assert.False(play.See(15, lost).State.Verdict!.Value.IsFit);
    }

    [Fact]
    public void Repetitions_are_recorded_when_more_than_an_hour_has_passed()
    {
        var play = new Play().See(0).See(3600);
        Assert.DoesNotContain(play.Events, one => one.Event is ObservationHeld);

        play.See(3600.25);
        Assert.Equal(1, play.Events.Select(one => one.Event).OfType<ObservationHeld>().Single().Count);
    }

    [Fact]
    public void A_release_gives_a_verdict_at_once_but_only_when_no_other_hold_is_left()
    {
        var play = new Play()
            .See(0)
            .Take(new HoldRequested(Given.Second(1), Holds.Operator, "alice", "upgrade"))
            .Take(new HoldRequested(Given.Second(2), Holds.File, "file", "it is there"))
            .Take(new HoldReleased(Given.Second(3), Holds.Operator, "alice"));
        Assert.IsType<HoldLifted>(play.Events[^1].Event);

        play.Take(new HoldReleased(Given.Second(4), Holds.File, "file"));
        Assert.Equal("synced", Assert.IsType<VerdictChanged>(play.Events[^1].Event).Verdict.Headline);
        Assert.IsType<HoldLifted>(play.Events.Single(one => one.Seq == play.Events[^1].Cause).Event);
    }

    [Fact]
    public void A_hold_before_the_first_observation_closes_an_adopted_gate_and_names_the_verdict_in_the_journal()
    {
        var before = new Play().See(0).See(0.25).See(0.5);
        var opened = before.State.Opened;
        var after = new Play(before.State, Policy.Default, Given.Second(1), Family.Ipv4)
            .Take(new RedirectReported(Given.Second(1), Family.Ipv4, opened, null))
            .Take(new HoldRequested(Given.Second(1.1), Holds.Operator, "alice", "upgrade"));

        Assert.IsType<GateClosed>(after.Events[^1].Event);
        Assert.Equal(before.State.VerdictSeq, after.Events[^1].Cause);
    }

    [Fact]
    public void A_hold_on_an_open_gate_closes_it_by_an_event_of_its_own()
    {
        var play = new Play().See(0).See(0.25).See(0.5);
        var placed = new Envelope(
            play.State.Seq + 1,
            Given.Second(1),
            "n1",
            new HoldPlaced(Holds.Operator, "alice", "upgrade"),
            null,
            null,
            null);

        Assert.Equal(GatePhase.Open, GateDecider.Evolve(play.State, placed).Phase);
    }

    [Fact]
    public void An_opening_can_still_be_adopted_after_two_crashes_in_a_row()
    {
        var before = new Play().See(0).See(0.25).See(0.5);
        var crashed = new Play(before.State, Policy.Default, Given.Second(1), Family.Ipv4);
        var again = new Play(crashed.State, Policy.Default, Given.Second(2), Family.Ipv4)
            .Take(new RedirectReported(Given.Second(2), Family.Ipv4, before.State.Opened, null));

        Assert.Equal(new GateAdopted(before.State.Opened!.Value), again.Events[^1].Event);
    }

    [Fact]
    public void A_close_for_a_local_reason_keeps_a_long_open_after()
    {
        var policy = Policy.Create(new Dictionary<string, string> { ["open-after"] = "20s" });
        var play = new Play(policy).See(0).See(10).See(20).See(21, ReadOnly);

        var closed = Assert.IsType<GateClosed>(play.Events[^1].Event);
        Assert.Equal(("read-only", TimeSpan.FromSeconds(20)), (closed.Reason, closed.OpenAfter));
    }

    [Fact]
    public void A_stop_names_no_cause_for_a_close_and_the_verdict_for_an_opening_that_it_cuts_short()
    {
        var opening = new Play().See(0).Take(new Stopping(Given.Second(0.1), KeepRedirect: false));
        var open = new Play().See(0).See(0.25).See(0.5).Take(new Stopping(Given.Second(1), KeepRedirect: false));

        Assert.IsType<GateStayedClosed>(opening.Events[^1].Event);
        Assert.Equal(opening.State.VerdictSeq, opening.Events[^1].Cause);
        Assert.IsType<GateClosed>(open.Events[^1].Event);
        Assert.Null(open.Events[^1].Cause);
    }

    [Fact]
    public void A_start_records_what_was_cut_off_and_when_an_opening_was_last_refreshed()
    {
        var repair = new JournalRepaired("1.jsonl", 7, "aa");
        Play Started(GateState state) => new Play(state, Policy.Default, Given.Second(1)).Take(new Starting(
            Given.Second(2), "1.0", Policy.Default, state.Seq, [], repair, TimeSpan.FromSeconds(5), LeaseLives: true,
            Refreshed: Given.Second(1.5)));
        var closed = Started(new GateState());
        var open = Started(new Play().See(0).See(0.25).See(0.5).State);

        Assert.Equal(repair, closed.Events[^1].Event);
        Assert.Null(closed.Events.Select(one => one.Event).OfType<DaemonStarted>().Last().Refreshed);
        Assert.Equal(
            Given.Second(1.5), open.Events.Select(one => one.Event).OfType<DaemonStarted>().Last().Refreshed);
    }

    [Fact]
    public void A_lease_is_recorded_once_for_an_opening_and_again_after_a_failure()
    {
        var play = new Play().See(0).See(0.25).See(0.5);
        var refreshed = new LeaseRefreshed(Given.Second(1), play.State.Opened!.Value, TimeSpan.FromSeconds(5));
        play.Take(refreshed).Take(refreshed);
        Assert.Single(play.Events, one => one.Event is LeaseArmed);

        play.Take(new LeaseRefused(Given.Second(2), "no")).Take(new LeaseRefused(Given.Second(2.1), "no"));
        Assert.Single(play.Events, one => one.Event is LeaseFailed);
        play.Take(refreshed).Take(refreshed);
        Assert.Equal(2, play.Events.Count(one => one.Event is LeaseArmed));
    }

    [Fact]
    public void After_a_lapse_the_count_begins_again_but_not_after_the_lapse_of_an_older_opening()
    {
        var play = new Play().See(0).See(0.25).See(0.5);
        play.Take(new LeaseRanOut(Given.Second(1), play.State.Opened!.Value, TimeSpan.FromSeconds(5)));
        Assert.Equal(GatePhase.Closed, play.State.Phase);
        Assert.Equal(GatePhase.Opening, play.See(1.25).State.Phase);

        play.See(1.5).Take(new LeaseRanOut(Given.Second(1.6), 999, TimeSpan.FromSeconds(5)));
        Assert.Equal(GatePhase.Open, play.See(1.75).State.Phase);
    }

    [Fact]
    public void Clients_are_recorded_as_reset_only_for_the_last_opening_and_only_while_the_gate_is_closed()
    {
        var play = new Play().See(0).See(0.25).See(0.5);
        var opened = play.State.Opened!.Value;
        int Resets() => play.Events.Count(one => one.Event is ConnectionsReset);

        play.Take(new ClientsReset(Given.Second(1), opened, 7, null));
        Assert.Equal(0, Resets());
        play.See(2, ReadOnly).Take(new ClientsReset(Given.Second(3), opened + 1, 7, null));
        Assert.Equal(0, Resets());
        play.Take(new ClientsReset(Given.Second(4), opened, 7, null));
        Assert.Equal(1, Resets());
    }

    [Fact]
    public void Dropped_events_are_recorded_as_a_gap_from_the_first_to_the_last() =>
        Assert.Equal(
            new AuditGap(3, 9, "the disk is full"),
            new Play().Take(new EventsDropped(Given.Second(1), 3, 9, "the disk is full")).Events[^1].Event);

    [Fact]
    public void A_disk_in_trouble_shows_the_node_unfit_and_one_that_has_not_answered_does_not()
    {
        var fit = Fitness.Judge(Given.Node(), new FitnessPolicy());
        var unfit = Fitness.Judge(Given.Node(ReadOnly), new FitnessPolicy());

        Assert.False(new Judgement(fit, null).ShowsUnfit);
        Assert.True(new Judgement(fit, "no write in time").ShowsUnfit);
        Assert.False(new Judgement(fit, GateState.DiskUnknown).ShowsUnfit);
        Assert.True(new Judgement(unfit, GateState.DiskUnknown).ShowsUnfit);
    }

    [Fact]
    public void A_checkpoint_names_the_verdict_in_force_or_none()
    {
        Assert.Equal("none", new GateState().Checkpoint.Verdict);
        Assert.Equal("synced", new Play().See(0).State.Checkpoint.Verdict);
    }
}
