using GaleraGate.Daemon.Loop;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Time.Testing;

namespace GaleraGate.Daemon.Tests.Loop;

public sealed class ProberTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(4);

    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(1, 0.25)]
    [InlineData(2, 0.25)]
    [InlineData(3, 0.5)]
    [InlineData(4, 1)]
    [InlineData(6, 4)]
    [InlineData(60, 4)]
    public void The_pause_grows_with_timeouts_but_not_before_the_close(int timeouts, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Prober.Pause(Interval, Longest, timeouts, fall: 2));

    /// <summary>
    /// A long close-after leaves the gate open for many timeouts; none of them may come after the end of the lease.
    /// </summary>
    [Theory]
    [InlineData(null, 1, 4)]
    [InlineData(5, 1, 3)]
    [InlineData(4, 1, 2)]
    [InlineData(60, 1, 4)]
    [InlineData(60, 57, 2)]
    public void The_next_probe_of_a_hanging_server_ends_before_the_lease(int? lease, int timeout, int seconds)
    {
        TimeSpan? length = lease is { } whole ? TimeSpan.FromSeconds(whole) : null;
        var longest = Prober.LongestPauseUnder(length, TimeSpan.FromSeconds(timeout) + LeaseWorker.RefreshEvery);

        Assert.Equal(TimeSpan.FromSeconds(seconds), longest);
    }

    /// <summary>Any user of the host may write to the FIFO.</summary>
    [Fact]
    public async Task It_probes_at_most_fifty_times_a_second_however_often_it_is_triggered()
    {
        var (probe, time, queue) = (new CountingProbe(), new FakeTimeProvider(), new SignalQueue());
        var clock = new Clock(time, () => TimeSpan.FromTicks(time.GetTimestamp()), "boot");
        var latest = new LatestSnapshot(Snapshot.AtStart("n1", Policy.Default, [], 0));
        var stalls = new StallWatch(queue, clock);
        var prober = new Prober(probe, TimeSpan.FromSeconds(30), Longest, latest, queue, stalls, clock);
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
    public void An_interval_longer_than_the_longest_pause_is_kept() =>
        Assert.Equal(TimeSpan.FromSeconds(30), Prober.Pause(TimeSpan.FromSeconds(30), Longest, timeouts: 9, fall: 2));

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
