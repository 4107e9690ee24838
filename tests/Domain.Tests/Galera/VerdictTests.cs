using System.Diagnostics;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Galera;

/// <summary>A verdict and its reasons, in the words that people and journals see.</summary>
public sealed class VerdictTests
{
    [Theory]
    [InlineData(NodeState.Synced, Waiver.None, "synced")]
    [InlineData(NodeState.Donor, Waiver.None, "donor-nonblocking")]
    [InlineData(NodeState.Unknown, Waiver.None, "replicating")]
    [InlineData(NodeState.Donor, Waiver.LastResort, Verdict.LastResortName)]
    [InlineData(NodeState.Synced, Waiver.ReplicaGrace, Verdict.ReplicaGraceName)]
    public void A_fit_verdict_names_what_makes_it_fit(NodeState state, Waiver waiver, string headline)
    {
        var fit = new Verdict(Reasons.None, state, waiver);

        Assert.Equal((true, headline, null), (fit.IsFit, fit.Headline, fit.Pace));
        Assert.Equal(waiver, Verdict.WaiverOf(headline));
    }

    [Fact]
    public void A_further_reason_ends_a_waiver_and_no_further_reason_keeps_it()
    {
        var waived = new Verdict(Reasons.None, NodeState.Donor, Waiver.LastResort);

        Assert.Equal(waived, waived.With(Reasons.None));
        Assert.Equal(new Verdict(Reasons.Held, NodeState.Donor), waived.With(Reasons.Held));
        Assert.Equal(
            Reasons.Held | Reasons.ReadOnly,
            new Verdict(Reasons.ReadOnly, NodeState.Synced).With(Reasons.Held).Reasons);
    }

    [Fact]
    public void The_names_of_reasons_read_back_and_unknown_names_are_skipped()
    {
        var reasons = Reasons.ReadOnly | Reasons.Timeout | Reasons.ReplicaLag;

        Assert.Equal(
            reasons, Reason.Parse(Reason.Of(reasons).Select(row => row.Name).Append("a reason of a newer version")));
        Assert.Equal(Reasons.None, Reason.Parse([]));
        Assert.Equal(("immediate", "debounced"), (Pace.Immediate.Name(), Pace.Debounced.Name()));
    }

    [Fact]
    public void A_headline_needs_a_reason_and_a_name_needs_an_error()
    {
        Assert.Throws<UnreachableException>(() => Reason.Headline(Reasons.None));
        Assert.Throws<InvalidOperationException>(() => ProbeError.None.Name());
    }

    public static TheoryData<Reasons, string, string> Words() => new()
    {
        { Reasons.NonPrimary, "wsrep_cluster_status is non-Primary", "wsrep_cluster_status is not Primary" },
        { Reasons.DonorBlocking, "the node is a donor, and rsync blocks it",
            "the node is a donor, and its method blocks it" },
        { Reasons.RejectingQueries, "wsrep_reject_queries is ALL", "wsrep_reject_queries is set" },
        { Reasons.Maintenance, "pxc_maint_mode is SHUTDOWN", "pxc_maint_mode is set" },
        { Reasons.ReceiveQueue, "the receive queue is 7000", "the receive queue is long" },
        { Reasons.FlowControl, "flow control pauses 0.75", "flow control pauses too much" },
        { Reasons.ReplicaLag, "the replica lags by 90 s", "the replica lags by too many s" },
    };

    [Theory]
    [MemberData(nameof(Words))]
    public void A_reason_is_shown_with_the_value_that_was_seen_if_there_was_one(
        Reasons reason, string seen, string unseen)
    {
        var answer = Given.Node(
            ("wsrep_cluster_status", "non-Primary"),
            ("wsrep_reject_queries", "ALL"),
            ("pxc_maint_mode", "SHUTDOWN"),
            ("wsrep_local_recv_queue", "7000"),
            ("wsrep_flow_control_paused", "0.75"),
            (ReplicaStatus.Lag, "90"));

        Assert.Equal(seen, ReasonWords.SeenOf(reason, answer));
        Assert.Equal(unseen, ReasonWords.SeenOf(reason, null));
    }

    [Fact]
    public void Super_read_only_is_named_only_when_read_only_does_not_explain_it()
    {
        string Seen(string readOnly, string super) => ReasonWords.SeenOf(
            Reasons.ReadOnly, Given.Node(("read_only", readOnly), ("super_read_only", super)));

        Assert.Equal("super_read_only is ON", Seen("OFF", "ON"));
        Assert.Equal("read_only is ON", Seen("ON", "ON"));
        Assert.Equal("read_only is ON", Seen("ON", "OFF"));
    }

    [Fact]
    public void Several_reasons_are_listed_in_order_and_an_end_they_share_once()
    {
        const Reasons Both = Reasons.Joined | Reasons.Initialized;

        Assert.Equal(
            "the node has not joined the cluster, the node catches up after a state transfer",
            ReasonWords.SeenOf(Both, null));
        Assert.Equal("the node is Synced", ReasonWords.UntilOf(Both));
        Assert.Equal(
            "the server takes connections and read_only is OFF",
            ReasonWords.UntilOf(Reasons.ReadOnly | Reasons.Unreachable));
    }

    [Fact]
    public void Every_reason_has_words_in_the_order_of_the_reasons() =>
        Assert.Equal(Reason.All.Select(row => row.Flag), ReasonWords.All.Select(row => row.Flag));
}
