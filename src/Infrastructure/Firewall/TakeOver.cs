using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The rules of one backend, on a host where the other backend may have left a gate. A gate that the other backend left
/// open counts as in place. Its rules are removed after this backend's own rules serve the same opening, so no client
/// is refused in between. A close removes both at once.
/// </summary>
/// <param name="lease">This backend's lease; null if none.</param>
/// <param name="left">The other backend's rules, their address families and the lease that they match.</param>
/// <param name="clear">Removes what remains of the other backend's lease after its last rule is gone; returns what
/// prevents it.</param>
public sealed class TakeOver(
    (IFirewall Tables, IReadOnlyList<Family> Families) own,
    ILease? lease,
    (IFirewall Tables, IReadOnlyList<Family> Families, ILease Lease) left,
    Func<string?> clear,
    TimeProvider? time = null
) : IFirewall, IDisposable
{
    /// <summary>
    /// How many times, once a second, rules that cannot be listed are tried again: a lock is only temporary. If listing
    /// never works, no other backend can have made a rule either.
    /// </summary>
    private const int MostUnseen = 60;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly SemaphoreSlim _one = new(1);
    private readonly HashSet<Family> _reached = [];
    private int _unseen;
    private bool _isDone;

    /// <summary>
    /// Null while the other backend's rules could not be listed; then they are listed again every second.
    /// </summary>
    public ulong? Generation(Family family) =>
        _unseen > 0 && !_isDone ? null : own.Tables.Generation(family);

    public async Task<TablesSeen> LookAsync(Family family, CancellationToken cancellationToken)
    {
        var seen = await own.Tables.LookAsync(family, cancellationToken);
        if (seen.Opened is not null || seen.Failure is not null)
        {
            return seen;
        }

        var openings = new HashSet<long?>();
        foreach (var one in left.Families)
        {
            _ = openings.Add((await left.Tables.LookAsync(one, cancellationToken)).Opened);
        }

        return openings.Count == 1 ? seen with { Opened = openings.Single() } : seen;
    }

    public async Task<RedirectResult> ConvergeAsync(
        Family family, Redirect wanted, CancellationToken cancellationToken)
    {
        var result = await own.Tables.ConvergeAsync(family, wanted, cancellationToken);
        var isOpening = wanted.Opened is not null;
        if (_isDone || cancellationToken.IsCancellationRequested || (isOpening && result.HasFailed))
        {
            return result;
        }

        await _one.WaitAsync(CancellationToken.None);
        try
        {
            _ = _reached.Add(family);
            if (_isDone || (isOpening && _reached.Count < own.Families.Count))
            {
                return result;
            }

            // Between adding the rule and the first refresh of its lease, clients still pass through the other
            // backend's rules.
            while (isOpening && lease?.Lives() == false && left.Lease.Lives())
            {
                await Task.Delay(Pause, _time, cancellationToken).ConfigureAwait(LoopThread.Quietly);
                if (cancellationToken.IsCancellationRequested)
                {
                    return result;
                }
            }

            return await LeaveAsync(result, cancellationToken);
        }
        finally
        {
            _ = _one.Release();
        }
    }

    public async Task<RedirectResult> PurgeAsync(Family family, CancellationToken cancellationToken) =>
        await LeaveAsync(await own.Tables.PurgeAsync(family, cancellationToken), cancellationToken);

    public void Dispose() => _one.Dispose();

    /// <summary>Removes the other backend's rules.</summary>
    private async Task<RedirectResult> LeaveAsync(RedirectResult result, CancellationToken cancellationToken)
    {
        const int Tries = 20;
        var isSeen = true;
        foreach (var family in left.Families)
        {
            if ((await left.Tables.LookAsync(family, cancellationToken)).Failure is not null)
            {
                isSeen = false;
            }
            else
            {
                var purged = await left.Tables.PurgeAsync(family, cancellationToken);
                result = result with { Left = [.. result.Left, purged] };
            }
        }

        _unseen += isSeen || cancellationToken.IsCancellationRequested ? 0 : 1;
        _isDone = !result.HasFailed
            && !cancellationToken.IsCancellationRequested
            && (isSeen || _unseen >= MostUnseen);

        // The kernel releases a set shortly after the last rule that uses it is gone.
        for (var tries = Tries; _isDone && tries > 0 && clear() is not null; tries--)
        {
            await Task.Delay(Pause, _time, CancellationToken.None);
        }

        return result;
    }
}
