using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// Brings one family's tables to the newest wish and keeps them there. Three promises: it works on one change at a
/// time; a wish that is no longer the newest is never begun, and a close ends an opening that is still on its way; what
/// is there is compared again whenever the tables' generation has moved, or every <see cref="LookEvery"/> where they
/// have none.
/// </summary>
public sealed class RedirectWorker(IFirewall firewall, Family family, Outbox outbox)
{
    /// <summary>How often the generation is asked.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How often the tables are listed where they have no generation, and how soon a failed change is tried again.
    /// </summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Nudge _nudge = new(outbox.Time);
    private readonly Lock _lock = new();
    private Redirect? _wish;
    private CancellationTokenSource? _opening;

    // Of the loop alone: the opening last told to be in place, the wish last reached, whether that still was so at the
    // last look, and at which generation, if the tables have one.
    private long? _inPlace;
    private Redirect? _reached;
    private bool _isSound;
    private ulong? _generation;
    private bool _hasGeneration;

    /// <summary>Takes the newest wish; never waits.</summary>
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

    /// <summary>Tells what is there, then works until cancelled.</summary>
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

        // Asked before the listing: what moves meanwhile is looked at again.
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
