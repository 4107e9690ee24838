using System.Diagnostics;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;

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

    /// <summary>Anybody on the host may write to the FIFO.</summary>
    [Fact]
    public async Task However_often_it_is_hurried_it_probes_fifty_times_a_second_at_the_most()
    {
        var (probe, watch) = (new CountingProbe(), Stopwatch.StartNew());
        var queue = new SignalQueue();
        var prober = new Prober(probe, "nowhere", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), () => 2, queue, new Clock(TimeProvider.System, "boot"));
        using var ending = new CancellationTokenSource();
        var running = prober.RunAsync(ending.Token);
        while (watch.Elapsed < TimeSpan.FromSeconds(1))
        {
            prober.Hurry();
            await Task.Yield();
        }

        await ending.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.InRange(probe.Count, 2, (int)(watch.Elapsed / TimeSpan.FromMilliseconds(20)) + 1);
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
