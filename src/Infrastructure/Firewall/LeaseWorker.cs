using GaleraGate.Domain;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// Keeps the lease of an open gate. Three promises: it refreshes only on an observation that the loop has judged and
/// that is fresh, once for each, about every second; a lease that was not refreshed for its whole length is never taken
/// up again, because nobody knows what the node was meanwhile (the kernel's own count stands still while the host is
/// suspended, so the daemon's clock decides); and a close takes the entry away at once, whatever the tables are waiting
/// for.
/// </summary>
/// <param name="recorded">The last seq of the daemon before: an opening up to it is taken over, and so must its lease
/// be.</param>
/// <param name="refreshed">Takes each refresh down for the next daemon.</param>
public sealed class LeaseWorker(ILease lease, long recorded, Outbox outbox, Action<Instant>? refreshed = null)
{
    /// <summary>How often it is refreshed, and how old the observation may be on which it is.</summary>
    public static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private sealed record Wish(long? Opened, Instant? Judged);

    private readonly Nudge _nudge = new(outbox.Time);
    private Wish? _wish;

    // Of the loop alone: the opening whose lease runs, when it was last refreshed and on what, the opening whose lease
    // lapsed, and what is wrong.
    private long? _armed;
    private Instant _refreshed;
    private Instant? _judged;
    private long? _lapsed;
    private string? _trouble;

    /// <summary>Takes what the last turn wants, and looks at the clock; never waits.</summary>
    /// <param name="opened">The opening whose redirect should work; null for none.</param>
    /// <param name="judged">When the latest observation was made that a turn has judged.</param>
    public void Want(long? opened, Instant? judged)
    {
        if (opened is not null || _wish is not { Opened: null })
        {
            Volatile.Write(ref _wish, new Wish(opened, judged));
            _nudge.Give();
        }
    }

    /// <summary>Works until cancelled.</summary>
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
            var since = _armed == opened ? _refreshed : at;
            if (at.Since(since) >= lease.Length)
            {
                await LapseAsync(opened, at.Since(since), cancellationToken);
            }
            else if (_armed != opened && opened <= recorded && !lease.Lives())
            {
                // It lived when this daemon began, and ended before the redirect was taken over.
                await LapseAsync(opened, null, cancellationToken);
            }
            else if (wish.Judged is { } judged && at.Since(judged) <= RefreshEvery && IsDue(opened, judged))
            {
                _judged = judged;
                await RefreshAsync(opened, at, since, cancellationToken);
            }
        }
    }

    /// <summary>At once for an opening whose lease does not run yet; no observation counts twice.</summary>
    private bool IsDue(long opened, Instant judged) =>
        _judged is not { } last || (_armed == opened ? judged.Since(last) >= RefreshEvery : judged != last);

    private async Task RefreshAsync(long opened, Instant at, Instant since, CancellationToken cancellationToken)
    {
        var wasTaken = _armed == opened && !lease.Lives() && outbox.Now().Since(since) < lease.Length;
        var trouble = lease.Refresh();
        if (outbox.Now().Since(since) >= lease.Length)
        {
            // It stood still between the look at the clock and here.
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
        (_armed, _lapsed) = (null, opened);
        var trouble = lease.Drop();
        await outbox.PutAsync(at => new LeaseRanOut(at, opened, unrefreshed), cancellationToken);
        await TellAsync(trouble, cancellationToken);
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
