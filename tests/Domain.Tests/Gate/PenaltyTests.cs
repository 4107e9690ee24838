using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

public sealed class PenaltyTests
{
    private static readonly TimeSpan Base = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 1)]
    [InlineData(3, 4)]
    [InlineData(5.9, 29.857)]
    [InlineData(6, 30)]
    [InlineData(5000, 30)]
    public void Open_after_doubles_with_each_penalty_up_to_the_cap(double penalty, double seconds) =>
        Assert.Equal(seconds, Penalty.OpenAfter(penalty, Base, Cap).TotalSeconds, 3);

    [Fact]
    public void A_penalty_halves_with_each_half_life() =>
        Assert.Equal(1, new Penalty(4, Given.Second(0)).Now(Given.Second(120), TimeSpan.FromSeconds(60)), 6);

    [Fact]
    public void After_a_reboot_there_is_no_penalty() =>
        Assert.Equal(0, new Penalty(4, Given.Second(0)).Now(Given.Second(1, "boot-2"), TimeSpan.FromSeconds(60)));
}
