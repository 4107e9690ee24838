using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// Brings one address family's rules to the newest wish and keeps them there. Three promises. It makes one change at a
/// time. It never starts a wish that is no longer the newest, and a close cancels an opening in progress. It compares
/// the rules again whenever their generation has changed, or every <see cref="LookEvery"/> if they have none.
/// </summary>
public sealed class RedirectWorker(IFirewall firewall, Family family, Outbox outbox)
{
    /// <summary>How often it asks for the generation.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>How often it lists rules that have no generation, and how soon it retries a failed change.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Nudge _nudge = new(outbox.Time);
    private readonly Lock _lock = new();
    private Redirect? _wish;
    private CancellationTokenSource? _opening;

    // Used only by the loop: the opening last reported as in place, the wish last reached, whether that was still true
    // at the last listing, and the generation at that time.
    private long? _inPlace;
    private Redirect? _reached;
    private bool _isSound;
    private ulong? _generation;
    private bool _hasGeneration;

    /// <summary>Accepts the newest wish; never waits.</summary>
    public void Want(Redirect wish)
    {
        lock (_lock)
        {
            _wish = wish;
            if (wish.Opened is null)
            {
                _opening?.Cancel();
            }
        }

        _nudge.Give();
    }

    /// <summary>Reports the existing rules, then runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var seen = await firewall.LookAsync(family, cancellationToken);
        if (seen.Failure is not null)
        {
            var failed = new RedirectResult(family, null, null, [seen.Failure]);
            await outbox.PutAsync(at => new RedirectChanged(at, failed), cancellationToken);
        }

        _inPlace = seen.Opened;
        await outbox.PutAsync(at => new RedirectReported(at, family, _inPlace, seen.Redirects), cancellationToken);
        while (true)
        {
            await ConvergeAsync(cancellationToken);
            await _nudge.WaitAsync(_isSound && _hasGeneration ? AskEvery : LookEvery, cancellationToken);
        }
    }

    private async Task ConvergeAsync(CancellationToken cancellationToken)
    {
        using var wanted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Redirect? wish;
        lock (_lock)
        {
            wish = _wish;
            _opening = wish?.Opened is null ? null : wanted;
        }

        // Read before the listing, so a change made meanwhile causes another listing.
        var asked = firewall.Generation(family);
        _hasGeneration = asked is not null;
        if (wish is not null && (wish != _reached || !_isSound || asked is null || asked != _generation))
        {
            var result = await firewall.ConvergeAsync(family, wish, wanted.Token);
            var failed = wanted.IsCancellationRequested || result.HasFailed;
            if (result.HasChanged)
            {
                var told = result with { IsMend = wish == _reached };
                await outbox.PutAsync(at => new RedirectChanged(at, told), cancellationToken);
            }

            _reached = failed ? _reached : wish;
            _isSound = !failed;
            _generation = failed || result.HasChanged ? null : asked;
            if (!failed && wish.Opened != _inPlace)
            {
                _inPlace = wish.Opened;
                await outbox.PutAsync(at => new RedirectReported(at, family, _inPlace, null), cancellationToken);
            }
        }

        lock (_lock)
        {
            _opening = null;
        }
    }
}
