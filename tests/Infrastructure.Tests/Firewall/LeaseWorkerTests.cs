using System.Threading.Channels;
using GaleraGate.Domain;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Tests.Firewall;

/// <summary>
/// What no real kernel does on request: a lease that ends between the daemon's start and its first check of the tables,
/// or just before a refresh.
/// </summary>
public sealed class LeaseWorkerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Clock _clock = new(TimeProvider.System, BootClock.Now, "boot");
    private readonly CountedLease _lease = new();
    private TimeSpan _ahead;

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

    /// <summary>
    /// The kernel's count stands still while the host is suspended, so the entry is there on resume.
    /// </summary>
    [Theory]
    [InlineData(7, true)]
    [InlineData(10, false)]
    public async Task A_lease_that_the_host_slept_over_before_its_first_refresh_is_not_resumed(
        long opened, bool isAdopted)
    {
        _lease.IsThere = isAdopted;

        var told = await FirstOf(opened, recorded: 9, slept: _lease.Length);

        Assert.Equal(isAdopted ? typeof(LeaseRanOut) : typeof(LeaseRefreshed), told.GetType());
        Assert.Equal(!isAdopted, _lease.IsThere);
        Assert.True(told is not LeaseRanOut ranOut || ranOut.Unrefreshed >= _lease.Length);
    }

    /// <summary>After a stall the loop asks before the worker has had its turn.</summary>
    [Fact]
    public void An_adopted_lease_that_the_host_slept_over_is_reported_to_the_loop_once()
    {
        _lease.IsThere = true;
        var outbox = new Outbox((_, _) => ValueTask.CompletedTask, Now, _clock.Time);
        var worker = new LeaseWorker(_lease, recorded: 9, outbox);
        Assert.Null(worker.RanOut());
        worker.Want(7, Now());
        Assert.Null(worker.RanOut());
        _ahead = _lease.Length;

        Assert.Equal(7, worker.RanOut()?.Opened);
        Assert.Null(worker.RanOut());
    }

    [Fact]
    public async Task An_opening_of_this_daemon_starts_its_lease() =>
        Assert.IsType<LeaseRefreshed>(await FirstOf(opened: 10, recorded: 9));

    /// <summary>It would let clients in for the moment until the worker notices.</summary>
    [Fact]
    public async Task A_lease_that_was_not_refreshed_for_its_length_is_not_refreshed_again()
    {
        var told = new List<Signal>();
        await RunAsync(opened: 10, recorded: 9, async (worker, next) =>
        {
            told.Add(await next());
            _ahead = _lease.Length;
            worker.Want(10, Now());
            told.Add(await next());
        });

        Assert.IsType<LeaseRefreshed>(told[0]);
        var ranOut = Assert.IsType<LeaseRanOut>(told[1]);
        Assert.Equal((10, true), (ranOut.Opened, ranOut.Unrefreshed >= _lease.Length));
        Assert.Equal((1, false), (_lease.Refreshed, _lease.IsThere));
    }

    private Instant Now()
    {
        var now = _clock.Now();
        return now with { Monotonic = now.Monotonic + _ahead };
    }

    private async Task<Signal> FirstOf(long opened, long recorded, TimeSpan slept = default)
    {
        Signal? first = null;
        await RunAsync(opened, recorded, async (_, next) => first = await next(), slept);
        return first!;
    }

    private async Task RunAsync(
        long opened, long recorded, Func<LeaseWorker, Func<Task<Signal>>, Task> meanwhile, TimeSpan slept = default)
    {
        var told = Channel.CreateUnbounded<Signal>();
        var worker = new LeaseWorker(_lease, recorded, new Outbox(told.Writer.WriteAsync, Now, _clock.Time));
        using var ending = new CancellationTokenSource();
        _ahead += slept;
        worker.Want(opened, Now());
        var running = worker.RunAsync(ending.Token);
        await meanwhile(worker, () => told.Reader.ReadAsync().AsTask().WaitAsync(Limit));
        await ending.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
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
