using GaleraGate.Domain.Audit;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>Which closures of other nodes belong to a closure.</summary>
public sealed class LinksTests
{
    [Theory]
    [InlineData(99.9, false)]
    [InlineData(100, true)]
    [InlineData(119.9, true)]
    [InlineData(120, false)]
    [InlineData(125, false)]
    public void A_donor_belongs_to_a_closed_node_that_was_not_fit_again_when_it_began(double began, bool related) =>
        Agree(Closed("n1", 100, 130, "unreachable", fitAgain: 120), Donor(began), related);

    [Theory]
    [InlineData(129.9, true)]
    [InlineData(130, false)]
    public void Without_a_time_of_fitness_the_end_of_the_closure_counts(double began, bool related) =>
        Agree(Closed("n1", 100, 130, "unreachable"), Donor(began), related);

    [Fact]
    public void A_node_that_is_closed_still_may_be_served_by_every_later_donor() =>
        Agree(Closed("n1", 100, null, "unreachable"), Donor(9000), true);

    [Fact]
    public void A_planned_closure_needs_no_donor() =>
        Agree(Closed("n1", 100, 130, "held") with { IsPlanned = true }, Donor(110), false);

    [Theory]
    [InlineData(10, true)]
    [InlineData(10.1, false)]
    public void Closures_of_one_view_within_ten_seconds_belong_together(double later, bool related) =>
        Agree(InView("n1", 100), InView("n2", 100 + later), related);

    [Fact]
    public void Related_nodes_are_in_the_order_of_their_names()
    {
        var closures = Failovers.InOrder([InView("n3", 100), InView("n2", 101), InView("n1", 102), InView("n4", 99)]);

        Assert.Equal(["n1", "n2", "n4"], Links.Of(closures)(closures.Single(closure => closure.Node == "n3")));
    }

    private static void Agree(Closure one, Closure other, bool related)
    {
        var with = Links.Of(Failovers.InOrder([one, other]));

        Assert.Equal(related ? [other.Node] : [], with(one));
        Assert.Equal(related ? [one.Node] : [], with(other));
    }

    private static Closure Donor(double from) => Closed("n2", from, null, "donor-blocking");

    private static Closure InView(string node, double from) =>
        Closed(node, from, null, "non-primary") with { View = 7 };

    private static Closure Closed(string node, double from, double? to, string reason, double? fitAgain = null) =>
        new(node, 1, Given.Second(from), At(to), reason, At(fitAgain), "rise");

    private static Instant? At(double? second) => second is { } known ? Given.Second(known) : null;
}
