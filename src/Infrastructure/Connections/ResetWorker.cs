using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Connections;

/// <summary>Resets the clients of a closed gate when that is due, once for each opening.</summary>
public sealed class ResetWorker(IConnections connections, Outbox outbox)
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly Nudge _nudge = new(outbox.Time);
    private ClientReset? _wish;

    // Used only by the loop: the opening whose clients were reset last.
    private long? _done;

    /// <summary>Accepts the wish of the latest turn; never waits.</summary>
    public void Want(ClientReset? wish)
    {
        if (wish != _wish)
        {
            Volatile.Write(ref _wish, wish);
            _nudge.Give();
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var left = Long;
            if (Volatile.Read(ref _wish) is { } wish && wish.Opened != _done)
            {
                // No connection survives a reboot.
                left = wish.After - (outbox.Now().Since(wish.Closed) ?? wish.After);
                if (left <= TimeSpan.Zero)
                {
                    var (count, trouble) = connections.Reset();
                    _done = wish.Opened;
                    await outbox.PutAsync(at => new ClientsReset(at, wish.Opened, count, trouble), cancellationToken);
                    left = Long;
                }
            }

            await _nudge.WaitAsync(left < Long ? left : Long, cancellationToken);
        }
    }
}
