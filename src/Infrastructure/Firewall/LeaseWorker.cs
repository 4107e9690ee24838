using GaleraGate.Domain;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// Keeps the lease of an open gate. Three promises. It refreshes only on a fresh observation that the loop has judged,
/// once for each, about every second. It never resumes a lease that was not refreshed for its whole length, because the
/// node's state in that time is unknown; the daemon's clock decides that, since the kernel's own count stands still
/// while the host is suspended. An adopted lease counts from this worker's creation until its first refresh. And a
/// close removes the entry at once, whatever the firewall is waiting for.
/// </summary>
/// <param name="recorded">The last seq of the previous daemon: an opening up to it is adopted, and its lease with
/// it.</param>
/// <param name="refreshed">Records each refresh for the next daemon.</param>
public sealed class LeaseWorker(ILease lease, long recorded, Outbox outbox, Action<Instant>? refreshed = null)
{
    /// <summary>How often the lease is refreshed, and the maximum age of the observation that justifies it.</summary>
    public static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private sealed record Wish(long? Opened, Instant? Judged);

    private readonly Nudge _nudge = new(outbox.Time);
    private readonly Instant _created = outbox.Now();
    private Wish? _wish;

    // Used only by the loop: the opening whose lease is active, when it was last refreshed and on which observation,
    // the opening whose lease lapsed, that lapse until the loop takes it, and the current failure.
    private long? _armed;
    private Instant _refreshed;
    private Instant? _judged;
    private long? _lapsed;
    private LeaseRanOut? _ranOut;
    private string? _trouble;

    /// <summary>Accepts the wish of the latest turn and checks the clock; never waits.</summary>
    /// <param name="opened">The opening whose redirect should work; null for none.</param>
    /// <param name="judged">When the latest observation that a turn has judged was made.</param>
    public void Want(long? opened, Instant? judged)
    {
        if (opened is not null || _wish is not { Opened: null })
        {
            Volatile.Write(ref _wish, new Wish(opened, judged));
            _nudge.Give();
        }
    }

    /// <summary>
    /// A lease that has expired and that the loop may not have judged yet; null if none. After a stall the
    /// loop asks before it judges what waited meanwhile: a stop or a hold would close the gate first, and the audit
    /// would call the gate open until then.
    /// </summary>
    public LeaseRanOut? RanOut()
    {
        if ((_armed ?? Volatile.Read(ref _wish)?.Opened) is { } opened
            && opened != _lapsed
            && LastRefresh(opened) is { } last
            && outbox.Now().Since(last) is { } unrefreshed
            && unrefreshed >= lease.Length)
        {
            _ = Lapse(opened, unrefreshed);
        }

        var ranOut = _ranOut;
        _ranOut = null;
        return ranOut;
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Volatile.Read(ref _wish) is { } wish)
            {
                await FollowAsync(wish, cancellationToken);
            }

            await _nudge.WaitAsync(_armed is null ? Long : lease.Length, cancellationToken);
        }
    }

    private async Task FollowAsync(Wish wish, CancellationToken cancellationToken)
    {
        if (wish.Opened is not { } opened)
        {
            _armed = null;
            await TellAsync(lease.Drop(), cancellationToken);
        }
        else if (opened != _lapsed)
        {
            var at = outbox.Now();
            var since = LastRefresh(opened) ?? at;
            if (at.Since(since) >= lease.Length)
            {
                await LapseAsync(opened, at.Since(since), cancellationToken);
            }
            else if (_armed != opened && opened <= recorded && !lease.Lives())
            {
                // It was alive when this daemon started, but expired before the redirect was adopted.
                await LapseAsync(opened, null, cancellationToken);
            }
            else if (wish.Judged is { } judged && at.Since(judged) <= RefreshEvery && IsDue(opened, judged))
            {
                _judged = judged;
                await RefreshAsync(opened, at, since, cancellationToken);
            }
        }
    }

    /// <summary>
    /// When the lease was last known to be refreshed; null for an opening of this daemon that has no lease yet.
    /// </summary>
    private Instant? LastRefresh(long opened) =>
        _armed == opened ? _refreshed : opened <= recorded ? _created : null;

    /// <summary>Due at once if the opening's lease is not active yet; each observation counts only once.</summary>
    private bool IsDue(long opened, Instant judged) =>
        _judged is not { } last || (_armed == opened ? judged.Since(last) >= RefreshEvery : judged != last);

    private async Task RefreshAsync(long opened, Instant at, Instant since, CancellationToken cancellationToken)
    {
        var wasTaken = _armed == opened && !lease.Lives() && outbox.Now().Since(since) < lease.Length;
        var trouble = lease.Refresh();
        if (outbox.Now().Since(since) >= lease.Length)
        {
            // The process stalled after it had checked the clock.
            await LapseAsync(opened, outbox.Now().Since(since), cancellationToken);
            return;
        }

        if (wasTaken)
        {
            await TellAsync("the lease was gone before its time: another program removed it", cancellationToken);
        }

        var isNews = _armed != opened || _trouble is not null;
        await TellAsync(trouble, cancellationToken);
        if (trouble is null)
        {
            (_armed, _refreshed) = (opened, at);
            refreshed?.Invoke(at);
            if (isNews)
            {
                await outbox.PutAsync(told => new LeaseRefreshed(told, opened, lease.Length), cancellationToken);
            }
        }
    }

    private async Task LapseAsync(long opened, TimeSpan? unrefreshed, CancellationToken cancellationToken)
    {
        var ranOut = Lapse(opened, unrefreshed);
        var trouble = lease.Drop();
        await outbox.PutAsync(_ => ranOut, cancellationToken);
        await TellAsync(trouble, cancellationToken);
    }

    private LeaseRanOut Lapse(long opened, TimeSpan? unrefreshed)
    {
        (_armed, _lapsed) = (null, opened);
        return _ranOut = new LeaseRanOut(outbox.Now(), opened, unrefreshed);
    }

    private async Task TellAsync(string? trouble, CancellationToken cancellationToken)
    {
        if (trouble is not null && trouble != _trouble)
        {
            await outbox.PutAsync(at => new LeaseRefused(at, trouble), cancellationToken);
        }

        _trouble = trouble;
    }
}
