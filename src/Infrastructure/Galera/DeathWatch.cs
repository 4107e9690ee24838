using GaleraGate.Infrastructure.Threads;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Notices at once that the server died, so that no client waits for the next poll: the kernel closes a dead process's
/// sockets, and the probe's own connection then has an end. That is a reason to probe now and never the truth: whoever
/// kills that connection closes nothing. It asks nothing of the server, needs no second connection, and serves unix
/// sockets and TCP alike.
/// </summary>
public sealed class DeathWatch(MySqlConnectionStringBuilder server, TimeProvider time)
{
    /// <summary>
    /// How soon it sees that the gate was opened, that a connection was made, or that it should stop.
    /// </summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly OwnThread _thread = new("death watch");

    /// <summary>Watches while it is worth it, until cancelled.</summary>
    /// <param name="isWanted">A client would be let in: the gate is open.</param>
    /// <param name="ended">The connection has ended.</param>
    public async Task RunAsync(Func<bool> isWanted, Action ended, CancellationToken cancellationToken)
    {
        for (; ; await Task.Delay(LookEvery, time, cancellationToken))
        {
            if (isWanted() && await HasEndedAsync(isWanted, cancellationToken))
            {
                ended();
            }
        }
    }

    /// <summary>
    /// Whether there was a connection and it ended. On a thread of its own: nothing else waits for that.
    /// </summary>
    private Task<bool> HasEndedAsync(Func<bool> isWanted, CancellationToken cancellationToken) => _thread.RunAsync(() =>
    {
        var sockets = ServerSockets.Open(server);
        try
        {
            var hasEnded = false;
            while (sockets.Count > 0 && !hasEnded && isWanted())
            {
                cancellationToken.ThrowIfCancellationRequested();
                hasEnded = sockets[0].HasEnded(LookEvery);
            }

            return hasEnded;
        }
        finally
        {
            foreach (var socket in sockets)
            {
                socket.Dispose();
            }
        }
    });
}
