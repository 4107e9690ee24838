using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

/// <summary>Rules as the journal remembers them.</summary>
public sealed class RuleSetTests
{
    private static readonly RuleSet Twice = new(["b", "a", "a"]);

    [Fact]
    public void The_order_of_rules_does_not_count_and_duplicates_do()
    {
        Assert.Equal(new RuleSet(["a", "b", "a"]), Twice);
        Assert.Equal(new RuleSet(["a", "b", "a"]).GetHashCode(), Twice.GetHashCode());
        Assert.NotEqual(new RuleSet(["a", "b"]), Twice);
        Assert.False(Twice.Equals((RuleSet?)null));
        Assert.Equal(["a", "a", "b"], Twice.Rules);
    }

    [Fact]
    public void One_copy_is_removed_at_a_time_and_a_rule_that_is_not_there_changes_nothing()
    {
        Assert.Equal(new RuleSet(["a", "b"]), Twice.Remove("a"));
        Assert.Equal(Twice, Twice.Remove("c"));
        Assert.Equal(Twice, new RuleSet(["a"]).Add("b").Add("a"));
    }

    [Fact]
    public void What_is_missing_is_counted_with_duplicates()
    {
        Assert.Equal(["a"], new RuleSet(["a", "b"]).MissingFrom(Twice));
        Assert.Empty(Twice.MissingFrom(new RuleSet(["a", "b"])));
        Assert.Equal(["a", "a", "b"], RuleSet.Empty.MissingFrom(Twice));
    }

    [Fact]
    public void Each_family_has_its_own_value()
    {
        var values = new PerFamily<int>(4, 6, 0);
        foreach (var family in Enum.GetValues<Family>())
        {
            var changed = values.With(family, 7);

            Assert.Equal(7, changed.Of(family));
            Assert.All(
                Enum.GetValues<Family>().Where(other => other != family),
                other => Assert.Equal(values.Of(other), changed.Of(other)));
        }
    }
}
