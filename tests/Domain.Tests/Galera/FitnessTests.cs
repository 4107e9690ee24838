using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Galera;

public sealed class FitnessTests
{
    public static TheoryData<string, string?, Reasons> SingleChanges() => new()
    {
        { "wsrep_local_state", null, Reasons.WsrepOff },
        { "wsrep_on", "OFF", Reasons.WsrepOff },
        { "wsrep_local_state_comment", "Inconsistent", Reasons.Inconsistent },
        { "wsrep_local_state_comment", "inconsistent (5)", Reasons.Inconsistent },
        { "wsrep_local_state_comment", "Inconsistent: voted out", Reasons.Inconsistent },
        { "wsrep_connected", "OFF", Reasons.Disconnected },
        { "wsrep_cluster_status", "Disconnected", Reasons.Disconnected | Reasons.NonPrimary },
        { "wsrep_cluster_status", "non-Primary", Reasons.NonPrimary },
        { "wsrep_cluster_status", "", Reasons.NonPrimary },
        { "wsrep_ready", "OFF", Reasons.NotReady },
        { "wsrep_ready", "maybe", Reasons.NotReady },
        { "wsrep_local_state", "0", Reasons.Initialized },
        { "wsrep_local_state", "1", Reasons.Joining },
        { "wsrep_local_state", "2", Reasons.DonorBlocking },
        { "wsrep_local_state", "3", Reasons.Joined },
        { "wsrep_local_state", "5", Reasons.Inconsistent },
        { "wsrep_local_state", "6", Reasons.Unrecognized },
        { "wsrep_local_state", "-1", Reasons.Unrecognized },
        { "wsrep_local_state", " 4", Reasons.Unrecognized },
        { "wsrep_local_state", "18446744073709551615", Reasons.Unrecognized },
        { "wsrep_local_state", "99999999999999999999999", Reasons.Unrecognized },
        { "wsrep_ready", null, Reasons.Unrecognized },
        { "wsrep_cluster_status", null, Reasons.Unrecognized },
        { "read_only", null, Reasons.Unrecognized },
        { "wsrep_connected", "perhaps", Reasons.Unrecognized },
        { "wsrep_on", "", Reasons.Unrecognized },
        { "wsrep_sst_donor_rejects_queries", "perhaps", Reasons.Unrecognized },
        { "wsrep_reject_queries", "ALL_KILL", Reasons.RejectingQueries },
        { "read_only", "NO_LOCK_NO_ADMIN", Reasons.ReadOnly },
        { "read_only", "", Reasons.ReadOnly },
        { "super_read_only", "ON", Reasons.ReadOnly },
        { "offline_mode", "ON", Reasons.Offline },
        { "offline_mode", "1", Reasons.Offline },
        { "offline_mode", "OFF", Reasons.None },
        { "pxc_maint_mode", "SHUTDOWN", Reasons.Maintenance },
        { "wsrep_local_recv_queue", "rubbish", Reasons.None },
        { "wsrep_cluster_conf_id", "18446744073709551615", Reasons.None },
        { "wsrep_connected", null, Reasons.None },
        { "wsrep_reject_queries", null, Reasons.None },
        { "wsrep_desync", "perhaps", Reasons.None },
        { "wsrep_flow_control_paused", "rubbish", Reasons.None },
        { "wsrep_ready", "on", Reasons.None },
    };

    [Theory]
    [MemberData(nameof(SingleChanges))]
    public void Changing_one_variable_gives_exactly_its_reasons(string name, string? value, Reasons reasons) =>
        Assert.Equal(reasons, Fitness.Judge(Given.Node((name, value)), new FitnessPolicy()).Reasons);

    [Fact]
    public void The_table_of_reasons_is_complete_and_in_the_order_of_its_flags() =>
        Assert.Equal(Enum.GetValues<Reasons>().Where(flag => flag != Reasons.None), Reason.All.Select(row => row.Flag));

    [Fact]
    public void All_reasons_are_kept_the_first_is_the_headline_any_immediate_sets_the_pace()
    {
        var verdict = Fitness.Judge(Given.Node(("wsrep_local_state", "3"), ("read_only", "ON")), new FitnessPolicy());

        Assert.Equal(Reasons.Joined | Reasons.ReadOnly, verdict.Reasons);
        Assert.Equal(("joined", Pace.Immediate), (verdict.Headline, verdict.Pace));
    }

    [Fact]
    public void A_donor_that_rejects_queries_is_unfit_whatever_its_method()
    {
        var donor = Given.Node(
            ("wsrep_local_state", "2"),
            ("wsrep_sst_method", "xtrabackup-v2"),
            ("wsrep_sst_donor_rejects_queries", "ON"));

        Assert.Equal(Reasons.RejectingQueries, Fitness.Judge(donor, new FitnessPolicy()).Reasons);
    }

    [Fact]
    public void A_passed_high_mark_holds_until_the_value_is_below_the_low_mark()
    {
        var policy = new FitnessPolicy { ReceiveQueue = new Marks(1000, 100) };

        var judged = new[] { "1000", "1001", "500", "100", "99", "500" }
            .Aggregate((Passed: Reasons.None, Fit: ""), (so, queue) =>
            {
                var verdict = Fitness.Judge(Given.Node(("wsrep_local_recv_queue", queue)), policy, so.Passed);
                return (verdict.Reasons, so.Fit + (verdict.IsFit ? "+" : "-"));
            });

        Assert.Equal("+---++", judged.Fit);
    }

    [Theory]
    [InlineData("0.41", true)]
    [InlineData("0.4", false)]
    [InlineData("1e-05", false)]
    public void Flow_control_is_judged_by_its_own_marks(string paused, bool isUnfit)
    {
        var policy = new FitnessPolicy { FlowControl = new Marks(0.4, 0.1), ReceiveQueue = new Marks(0, 0) };
        var node = Given.Node(("wsrep_flow_control_paused", paused));

        Assert.Equal(isUnfit ? Reasons.FlowControl : Reasons.None, Fitness.Judge(node, policy).Reasons);
    }

    /// <summary>What the policy does not ask for is not judged, so it need not be readable.</summary>
    [Fact]
    public void A_value_that_the_policy_asks_for_must_be_readable()
    {
        var policy = new FitnessPolicy
        {
            CloseWhenDesynced = true,
            ReceiveQueue = new Marks(1000, 100),
            FlowControl = new Marks(0.4, 0.1),
        };

        foreach (var name in new[] { "wsrep_desync", "wsrep_local_recv_queue", "wsrep_flow_control_paused" })
        {
            var node = Given.Node((name, "rubbish"));

            Assert.Equal(Reasons.Unrecognized, Fitness.Judge(node, policy).Reasons);
            Assert.Equal(Reasons.None, Fitness.Judge(node, new FitnessPolicy()).Reasons);
            Assert.Equal(Reasons.None, Fitness.Judge(Given.Node((name, null)), policy).Reasons);
        }
    }

    [Fact]
    public void Only_a_donor_that_blocks_and_has_no_other_reason_may_be_the_last_resort()
    {
        var policy = new FitnessPolicy { LastResortDonor = true };
        var donor = Given.Node(("wsrep_local_state", "2"), (Elsewhere.Variable, Elsewhere.Closed));
        var readOnly = Given.Node(
            ("wsrep_local_state", "2"), ("read_only", "ON"), (Elsewhere.Variable, Elsewhere.Closed));

        Assert.True(Fitness.MayBeLastResort(donor, policy));
        Assert.False(Fitness.MayBeLastResort(donor, new FitnessPolicy()));
        Assert.False(Fitness.MayBeLastResort(readOnly, policy));
        Assert.False(Fitness.MayBeLastResort(Given.Node(), policy));
        Assert.False(Fitness.MayBeLastResort(Observation.Failed(ProbeError.Timeout), policy));
        Assert.Equal(Waiver.LastResort, Fitness.Judge(donor, policy).Waiver);
        Assert.Equal(Waiver.None, Fitness.Judge(donor, new FitnessPolicy()).Waiver);
        Assert.Equal(Reasons.DonorBlocking | Reasons.ReadOnly, Fitness.Judge(readOnly, policy).Reasons);
        foreach (var others in new[] { Elsewhere.Open, Elsewhere.Unknown, Elsewhere.Waits })
        {
            Assert.False(Fitness.Judge(Given.Node(("wsrep_local_state", "2"), (Elsewhere.Variable, others)), policy)
                .IsFit);
        }
    }

    [Fact]
    public void A_variable_with_two_different_values_is_a_contradiction()
    {
        KeyValuePair<string, string?>[] twice = [new("read_only", "OFF"), new("READ_ONLY", "ON")];
        var healthy = ObservedVariable
            .Rows(Given.Node())
            .Select(row => KeyValuePair.Create(row.Key, (string?)row.Value));

        Assert.Equal(
            Reasons.Unrecognized,
            Fitness.Judge(ObservedVariable.ReadAnswer(healthy.Concat(twice)), new FitnessPolicy()).Reasons);
    }

    [Fact]
    public void An_observation_written_as_rows_reads_back_unchanged()
    {
        var observation = Given.Node(("wsrep_local_state", "rubbish"), ("read_only", "NO_LOCK"));

        Assert.Equal(
            observation,
            ObservedVariable.ReadAnswer(
                ObservedVariable.Rows(observation).Select(row => KeyValuePair.Create(row.Key, (string?)row.Value))));
    }
}
