using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Galera;

/// <summary>How two observations differ: what a journal records, and what shows a restart.</summary>
public sealed class ObservationTests
{
    [Theory]
    [InlineData("read_only", "ON", true)]
    [InlineData("wsrep_cluster_conf_id", "8", true)]
    [InlineData("wsrep_cluster_size", null, true)]
    [InlineData("wsrep_local_recv_queue", "5000", false)]
    [InlineData("wsrep_last_committed", "101", false)]
    [InlineData("Uptime", "1001", false)]
    public void A_change_is_recorded_unless_the_variable_changes_all_the_time(string name, string? value, bool differs)
    {
        Assert.Equal(differs, Given.Node((name, value)).DiffersFrom(Given.Node()));
        Assert.Equal(differs, Given.Node().DiffersFrom(Given.Node((name, value))));
    }

    [Fact]
    public void The_first_observation_another_error_and_a_contradiction_are_changes()
    {
        var timeout = Observation.Failed(ProbeError.Timeout);

        Assert.True(Given.Node().DiffersFrom(null));
        Assert.True(timeout.DiffersFrom(Observation.Failed(ProbeError.Refused)));
        Assert.False(timeout.DiffersFrom(Observation.Failed(ProbeError.Timeout, "other words for it")));
        Assert.True((Given.Node() with { Contradiction = "read_only" }).DiffersFrom(Given.Node()));
        Assert.False(Given.Node().DiffersFrom(Given.Node()));
    }

    [Theory]
    [InlineData("1000", "999", true)]
    [InlineData("1000", "1000", false)]
    [InlineData("1000", "1001", false)]
    [InlineData(null, "1", false)]
    [InlineData("1000", null, false)]
    [InlineData("1000", "soon", false)]
    public void An_uptime_that_falls_shows_a_restart(string? before, string? after, bool restarted) =>
        Assert.Equal(
            restarted, Given.Node(("Uptime", after)).IsYoungerThan(Given.Node(("Uptime", before))));

    /// <summary>Uptime is in whole seconds, so a server that is 8.9 s old may say 8 or 9.</summary>
    [Theory]
    [InlineData("8", 9.5, true)]
    [InlineData("9", 8.0, true)]
    [InlineData("10", 8.9, false)]
    [InlineData("18446744073709551615", 1e9, false)]
    [InlineData("soon", 9.0, false)]
    [InlineData(null, 9.0, false)]
    [InlineData("0", null, false)]
    public void A_server_is_younger_than_the_time_for_which_it_was_gone(string? uptime, double? gone, bool younger) =>
        Assert.Equal(
            younger,
            Given.Node(("Uptime", uptime))
                .IsYoungerThan(gone is { } seconds ? TimeSpan.FromSeconds(seconds) : null));

    /// <summary>The provider prints zeros, or nothing, while it is not connected.</summary>
    [Theory]
    [InlineData("aaaaaaaa-0000-11f1-a000-000000000002", true)]
    [InlineData("00000000-0000-0000-0000-000000000000", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_provider_is_named_by_a_uuid_that_is_not_zeros(string? uuid, bool named) =>
        Assert.Equal(named ? uuid : null, Given.Node(("wsrep_gcomm_uuid", uuid)).NamedProvider);

    [Theory]
    [InlineData(ProbeError.Refused, NodeState.Unreachable)]
    [InlineData(ProbeError.ConnectionLost, NodeState.Unreachable)]
    [InlineData(ProbeError.Timeout, NodeState.Unknown)]
    [InlineData(ProbeError.Other, NodeState.Unknown)]
    public void Without_an_answer_only_a_server_that_takes_no_connection_has_a_state(
        ProbeError error, NodeState state) => Assert.Equal(state, Observation.Failed(error).NodeState);
}
