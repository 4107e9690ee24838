using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Tests.Threads;

public sealed class AheadTests
{
    private const int Many = 20_000;

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(1251)]
    [InlineData(Many)]
    public void Results_come_in_the_order_of_their_items(int count) =>
        Assert.Equal(Enumerable.Range(0, count), Items(count).SelectAhead(int.Parse));

    [Fact]
    public void Only_a_few_batches_are_read_ahead()
    {
        var taken = 0;
        IEnumerable<int> Results() => Items(Many).Select(item =>
        {
            taken++;
            return item;
        }).SelectAhead(int.Parse);

        Assert.Equal(0, Results().First());
        Assert.Equal(1, taken);

        taken = 0;
        Assert.Equal(1500, Results().ElementAt(1500));
        Assert.InRange(taken, 1501, 1000 + (250 * ((2 * Environment.ProcessorCount) + 3)));
    }

    [Fact]
    public void An_exception_is_thrown_at_the_position_of_its_item()
    {
        var seen = 0;
        var results = Items(Many).SelectAhead(item => item == "5000" ? throw new FormatException(item) : item);

        Assert.Equal("5000", Assert.Throws<FormatException>(() =>
        {
            foreach (var _ in results)
            {
                seen++;
            }
        }).Message);
        Assert.InRange(seen, 4750, 5000);
    }

    private static IEnumerable<string> Items(int count) => Enumerable.Range(0, count).Select(i => $"{i}");
}
