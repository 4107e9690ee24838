using GaleraGate.Infrastructure.Threads;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Notices at once when the server dies, so that no client waits for the next poll: the kernel closes a dead process's
/// sockets, and the probe's own connection ends. That only triggers an early probe and is never evidence by itself:
/// killing that connection closes no gate. The watch sends the server nothing, needs no second connection, and works
/// for unix sockets and TCP alike.
/// </summary>
public sealed class DeathWatch(MySqlConnectionStringBuilder server, TimeProvider time)
{
    /// <summary>
    /// How soon it notices that the gate was opened, that a connection was made, or that it should stop.
    /// </summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly OwnThread _thread = new("death watch");

    /// <summary>Watches while the gate is open, until cancelled.</summary>
    /// <param name="isWanted">The gate is open, so clients would be affected.</param>
    /// <param name="ended">Called when the connection has ended.</param>
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
    /// Whether there was a connection and it ended. Runs on a thread of its own so that nothing else waits for it.
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
