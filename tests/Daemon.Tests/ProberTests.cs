namespace GaleraGate.Daemon.Tests;

public sealed class ProberTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(1, 0.25)]
    [InlineData(2, 0.25)]
    [InlineData(3, 0.5)]
    [InlineData(4, 1)]
    [InlineData(6, 4)]
    [InlineData(60, 4)]
    public void The_pause_grows_with_timeouts_but_never_before_the_one_that_closes(int timeouts, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Prober.Pause(Interval, timeouts, fall: 2));

    [Fact]
    public void An_interval_longer_than_the_longest_pause_stays() =>
        Assert.Equal(TimeSpan.FromSeconds(30), Prober.Pause(TimeSpan.FromSeconds(30), timeouts: 9, fall: 2));
}
