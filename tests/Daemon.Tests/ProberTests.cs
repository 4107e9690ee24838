using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using Microsoft.Extensions.Time.Testing;

namespace GaleraGate.Daemon.Tests;

public sealed class ProberTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

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

    /// <summary>Anybody on the host may write to the FIFO.</summary>
    [Fact]
    public async Task However_often_it_is_hurried_it_probes_fifty_times_a_second_at_the_most()
    {
        var (probe, time) = (new CountingProbe(), new FakeTimeProvider());
        var prober = new Prober(
            probe, "nowhere", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), () => 2, new SignalQueue(), new Clock(time, "boot"));
        using var ending = new CancellationTokenSource();
        var running = prober.RunAsync(ending.Token);
        var passed = TimeSpan.Zero;
        for (; passed < TimeSpan.FromSeconds(1); passed += Step)
        {
            prober.Hurry();
            time.Advance(Step);
            await Task.Delay(1);
        }

        await ending.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.InRange(probe.Count, 2, (int)(passed / TimeSpan.FromMilliseconds(20)) + 1);
    }

    [Fact]
    public void An_interval_longer_than_the_longest_pause_stays() =>
        Assert.Equal(TimeSpan.FromSeconds(30), Prober.Pause(TimeSpan.FromSeconds(30), timeouts: 9, fall: 2));

    private sealed class CountingProbe : IProbe
    {
        public int Count { get; private set; }

        public Task<Observation> ObserveAsync(CancellationToken cancellationToken)
        {
            Count++;
            return Task.FromResult(Observation.Failed(ProbeError.Refused));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
