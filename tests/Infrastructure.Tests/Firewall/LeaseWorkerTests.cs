using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Tests.Firewall;

/// <summary>
/// What no real kernel does on request: a lease that ends between the daemon's start and its first check of the tables.
/// </summary>
public sealed class LeaseWorkerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Clock _clock = new(TimeProvider.System, BootClock.Now, "boot");
    private readonly CountedLease _lease = new();

    [Fact]
    public async Task A_lease_that_expired_before_its_gate_was_adopted_is_not_resumed()
    {
        var told = await FirstOf(opened: 7, recorded: 9);

        var lapsed = Assert.IsType<LeaseRanOut>(told);
        Assert.Equal((7, null), (lapsed.Opened, lapsed.Unrefreshed));
        Assert.Equal(0, _lease.Refreshed);
    }

    [Fact]
    public async Task A_lease_that_is_alive_is_resumed()
    {
        _lease.IsThere = true;

        Assert.IsType<LeaseRefreshed>(await FirstOf(opened: 7, recorded: 9));
    }

    [Fact]
    public async Task An_opening_of_this_daemon_starts_its_lease() =>
        Assert.IsType<LeaseRefreshed>(await FirstOf(opened: 10, recorded: 9));

    private async Task<Signal> FirstOf(long opened, long recorded)
    {
        var told = new TaskCompletionSource<Signal>(TaskCreationOptions.RunContinuationsAsynchronously);
        var worker = new LeaseWorker(_lease, recorded, new Outbox(TellAsync, _clock.Now, _clock.Time));
        using var ending = new CancellationTokenSource();
        worker.Want(opened, _clock.Now());
        var running = worker.RunAsync(ending.Token);
        var first = await told.Task.WaitAsync(Limit);
        await ending.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        return first;

        ValueTask TellAsync(Signal signal, CancellationToken cancellationToken)
        {
            _ = told.TrySetResult(signal);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class CountedLease : ILease
    {
        public bool IsThere { get; set; }

        public int Refreshed { get; private set; }

        public TimeSpan Length => TimeSpan.FromMinutes(5);

        public bool Lives() => IsThere;

        public string? Prepare() => null;

        public string? Refresh()
        {
            Refreshed++;
            IsThere = true;
            return null;
        }

        public string? Drop()
        {
            IsThere = false;
            return null;
        }
    }
}
