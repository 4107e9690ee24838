using GaleraGate.Domain.Audit;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>How long gates were open, out of the time for which there is a record.</summary>
public sealed class AvailabilityTests
{
    [Theory]
    [InlineData(0, 40, 30)]
    [InlineData(60, 40, 30)]
    [InlineData(80, 20, 20)]
    public void A_node_counts_from_the_beginning_of_its_record(double from, double known, double open)
    {
        var served = Of([(70, "n1", true)], from, 100, recordFrom: 60).Nodes["n1"];

        Assert.Equal((known, open), (served.Known.TotalSeconds, served.Open.TotalSeconds));
        Assert.Equal(known - open, served.Closed.TotalSeconds);
    }

    [Fact]
    public void A_node_whose_record_begins_after_the_period_has_no_share()
    {
        var served = Of([(70, "n1", true)], 0, 50, recordFrom: 60).Nodes["n1"];

        Assert.Equal((default, null), (served, served.Share));
    }

    [Theory]
    [InlineData(0, 19, 0)]
    [InlineData(0, 20, 0)]
    [InlineData(0, 20.1, 1)]
    [InlineData(22, 28, 1)]
    [InlineData(29.9, 40, 1)]
    [InlineData(30, 40, 0)]
    [InlineData(31, 40, 0)]
    public void A_spell_with_no_node_open_counts_if_a_part_of_it_is_in_the_period(double from, double to, int spells) =>
        Assert.Equal(spells, Of([(0, "n1", true), (20, "n1", false), (30, "n1", true)], from, to).Spells);

    [Fact]
    public void A_cluster_counts_from_its_first_opening_whatever_closed_before()
    {
        var cluster = Of([(10, "n1", false), (20, "n2", false), (30, "n1", true), (80, "n1", false)], 0, 100).Cluster;

        Assert.Equal((50, 70), (cluster.Open.TotalSeconds, cluster.Known.TotalSeconds));
    }

    [Fact]
    public void A_cluster_that_has_not_opened_yet_has_no_share_and_no_spell()
    {
        var (unturned, closed) = (Of([], 0, 100), Of([(10, "n1", false)], 0, 100));

        Assert.All([unturned, closed], one => Assert.Equal((null, 0), (one.Cluster.Share, one.Spells)));
    }

    [Fact]
    public void Of_two_openings_in_a_row_the_first_counts_because_a_clock_was_put_back() =>
        Assert.Equal(
            TimeSpan.FromSeconds(15),
            Of([(5, "n1", true), (10, "n1", true), (20, "n1", false)], 0, 100).Nodes["n1"].Open);

    private static Availability Of(
        IEnumerable<(double Second, string Node, bool Open)> turns, double from, double to, double recordFrom = 0) =>
        Availability.Of(
            [.. turns.Select(turn => new GateTurn(Utc(turn.Second), turn.Node, turn.Open))],
            new Dictionary<string, DateTimeOffset> { ["n1"] = Utc(recordFrom) },
            Utc(from),
            Utc(to));

    private static DateTimeOffset Utc(double second) => Given.Second(second).Utc;
}
