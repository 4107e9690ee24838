using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Galera;

/// <summary>Replica mode: how SHOW REPLICA STATUS is read, and what is fit by it.</summary>
public sealed class ReplicaTests
{
    private static readonly FitnessPolicy Policy = new()
    {
        Mode = ServerMode.Replica,
        MaxLag = TimeSpan.FromSeconds(60),
    };

    /// <summary>The answer of a server without Galera: MariaDB has a few of the variables even so.</summary>
    private static readonly KeyValuePair<string, string?>[] Ordinary =
    [
        new("wsrep_on", "OFF"),
        new("wsrep_ready", "OFF"),
        new("wsrep_connected", "OFF"),
        new("wsrep_cluster_status", "Disconnected"),
        new("read_only", "ON"),
    ];

    [Theory]
    [InlineData("Yes", "Yes", "0", Reasons.None)]
    [InlineData("Yes", "Yes", "60", Reasons.None)]
    [InlineData("Yes", "Yes", "61", Reasons.ReplicaLag)]
    [InlineData("Yes", "Yes", null, Reasons.ReplicaLag)] // the old check read it as zero
    [InlineData("Yes", "Yes", "-1", Reasons.ReplicaLag)]
    [InlineData("Yes", "Yes", "soon", Reasons.ReplicaLag)]
    [InlineData("No", "Yes", null, Reasons.ReplicaStopped)]
    [InlineData("Yes", "No", null, Reasons.ReplicaStopped)]
    [InlineData("Yes", "No", "0", Reasons.ReplicaStopped)]
    [InlineData("Connecting", "Yes", null, Reasons.ReplicaStopped)]
    [InlineData("Preparing", "Yes", null, Reasons.ReplicaStopped)]
    [InlineData(null, "Yes", "0", Reasons.ReplicaStopped)]
    public void A_replica_is_fit_while_both_threads_run_and_its_lag_is_known_and_small(
        string? io, string? sql, string? lag, Reasons reasons)
    {
        Assert.Equal(reasons, Judge(Old(io, sql, lag)));
        Assert.Equal(reasons, Judge(New(io, sql, lag)));
        Assert.Equal(reasons, Judge(Old("Yes", "Yes", "3"), New(io, sql, lag), Old("Yes", "Yes", "3")));
    }

    [Fact]
    public void A_server_without_a_source_or_with_unknown_replica_status_is_unfit()
    {
        Assert.Equal(Reasons.ReplicaStopped, Judge());
        Assert.Equal(Reasons.ReplicaStopped, Fitness.Judge(ObservedVariable.ReadAnswer(Ordinary), Policy).Reasons);
    }

    [Fact]
    public void An_ordinary_replica_has_its_own_headline_and_debounced_reasons()
    {
        var fit = Fitness.Judge(Observed([Old("Yes", "Yes", "0")], Ordinary), Policy);

        Assert.Equal((true, "replicating"), (fit.IsFit, fit.Headline));
        Assert.All(
            [Reasons.ReplicaStopped, Reasons.ReplicaLag],
            reason => Assert.Equal(Pace.Debounced, Reason.PaceOf(reason)));
    }

    [Fact]
    public void A_cluster_node_that_is_also_a_replica_is_judged_as_both()
    {
        KeyValuePair<string, string?>[] node =
        [
            .. ObservedVariable.Rows(Given.Node()).Select(row => KeyValuePair.Create(row.Key, (string?)row.Value)),
        ];
        KeyValuePair<string, string?>[] isOff =
        [
            .. node.Where(row => row.Key is not ("wsrep_on" or "read_only")),
            new("wsrep_on", "OFF"),
            new("read_only", "ON"),
        ];
        var runs = Old("Yes", "Yes", "0");

        Assert.Equal(Reasons.None, Fitness.Judge(Observed([runs], node), Policy).Reasons);
        Assert.Equal(Reasons.ReplicaStopped, Fitness.Judge(Observed([Old("Yes", "No", "0")], node), Policy).Reasons);
        Assert.Equal(Reasons.WsrepOff | Reasons.ReadOnly, Fitness.Judge(Observed([runs], isOff), Policy).Reasons);
        Assert.Equal(Reasons.None, Fitness.Judge(Observed([], node), new FitnessPolicy()).Reasons);
    }

    [Fact]
    public void A_server_without_wsrep_is_never_fit_as_a_cluster_node() =>
        Assert.True(
            Fitness
                .Judge(Observed([Old("Yes", "Yes", "0")], Ordinary), new FitnessPolicy())
                .Reasons.HasFlag(Reasons.WsrepOff));

    /// <summary>A server may answer anything, and no answer may end the daemon.</summary>
    [Fact]
    public void Old_and_new_replica_columns_may_appear_together() =>
        Assert.Equal(
            Reasons.ReplicaStopped, Judge(Old("Yes", "Yes", "0").Concat(New("No", "Yes", "0")).ToDictionary()));

    [Theory]
    [InlineData("Connecting", "Yes", null, 0.5, Waiver.ReplicaGrace)]
    [InlineData("Connecting", "Yes", null, 9.9, Waiver.ReplicaGrace)]
    [InlineData("Connecting", "Yes", null, 10.0, Waiver.None)]
    [InlineData("Connecting", "Yes", null, null, Waiver.None)]
    [InlineData("Connecting", "No", null, 0.5, Waiver.None)]
    [InlineData("Connecting", "Yes", "70", 0.5, Waiver.None)]
    [InlineData("No", "Yes", null, 0.5, Waiver.None)]
    [InlineData("Preparing", "Yes", null, 0.5, Waiver.None)]
    public void A_replica_that_just_lost_its_source_is_fit_for_the_grace(
        string io, string sql, string? lag, double? ago, Waiver waiver)
    {
        var graced = Policy with { ReplicaGrace = TimeSpan.FromSeconds(10) };
        var lost = ago is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        foreach (var channel in new[] { Old(io, sql, lag), New(io, sql, lag) })
        {
            var verdict = Fitness.Judge(Observed([channel], Ordinary), graced, sourceLost: lost);
            Assert.Equal((waiver != Waiver.None, waiver), (verdict.IsFit, verdict.Waiver));
            // A second channel, with or without its source: how far that one lags is unknown.
            Assert.False(
                Fitness.Judge(Observed([channel, Old("Yes", "Yes", "0")], Ordinary), graced, sourceLost: lost).IsFit);
            // By default there is no grace.
            Assert.False(Fitness.Judge(Observed([channel], Ordinary), Policy, sourceLost: lost).IsFit);
        }
    }

    [Theory]
    [InlineData("Yes", "60", true)]
    [InlineData("Yes", "61", false)]
    [InlineData("Yes", null, false)]
    [InlineData("No", "0", false)]
    public void A_replica_replicates_while_it_runs_with_a_known_and_small_lag(string io, string? lag, bool replicates)
    {
        var seen = Observed([Old(io, "Yes", lag)], Ordinary);

        Assert.Equal(replicates, Fitness.Replicates(seen, Policy));
        Assert.False(Fitness.Replicates(seen, Policy with { Mode = ServerMode.Galera }));
    }

    [Fact]
    public void Without_a_channel_there_is_no_lag_and_nothing_connects()
    {
        var seen = Observed([], Ordinary);

        Assert.Equal((0UL, true), (seen.ReplicaChannels.Value, seen.ReplicaRunning.Is(false)));
        Assert.True(seen.ReplicaLag.IsMissing && seen.ReplicaConnecting.IsMissing);
    }

    private static Reasons Judge(params IReadOnlyList<IReadOnlyDictionary<string, string?>> channels) =>
        Fitness.Judge(Observed(channels, Ordinary), Policy).Reasons;

    private static Observation Observed(
        IReadOnlyList<IReadOnlyDictionary<string, string?>> channels,
        KeyValuePair<string, string?>[] others
    ) => ObservedVariable.ReadAnswer(others.Concat(ReplicaStatus.Variables(channels)));

    private static Dictionary<string, string?> Old(string? io, string? sql, string? lag) =>
        new()
        {
            ["Slave_IO_State"] = "Waiting",
            ["Slave_IO_Running"] = io,
            ["Slave_SQL_Running"] = sql,
            ["Seconds_Behind_Master"] = lag,
        };

    private static Dictionary<string, string?> New(string? io, string? sql, string? lag) =>
        new()
        {
            ["Replica_IO_State"] = "Waiting",
            ["Replica_IO_Running"] = io,
            ["Replica_SQL_Running"] = sql,
            ["Seconds_Behind_Source"] = lag,
        };
}
