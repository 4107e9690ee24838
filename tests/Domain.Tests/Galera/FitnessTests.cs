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

    [Fact]
    public void A_captured_table_reads_like_the_same_JSON()
    {
        var table = string.Join(
            '\n',
            ObservedVariable.Rows(Given.Node()).Select(row => $"{row.Key}\t{row.Value}").Prepend("Variable_name\tValue")
        );

        Assert.Equal(Given.Node(), CapturedObservation.Parse(table));
    }

    [Theory]
    [InlineData("""{"error": "broken"}""")]
    [InlineData("""{"read_only": {"a": 1}}""")]
    [InlineData("""{"read_only": """)]
    [InlineData("""{"read\nonly": true}""")]
    [InlineData("""{"read_only": "\ud800"}""")]
    [InlineData("""{"read\ud800": "ON"}""")]
    [InlineData("no table")]
    [InlineData("")]
    public void A_text_that_is_not_an_observation_is_refused_in_one_line(string text) =>
        Assert.DoesNotContain('\n', Assert.Throws<FormatException>(() => CapturedObservation.Parse(text)).Message);
}
