using System.Diagnostics;
using GaleraGate.Infrastructure.Connections;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// How many clients are connected through the gate. The kernel is asked by one at a time and every two seconds at the
/// most; whoever asks meanwhile, or longer than a moment, gets what was known before.
/// </summary>
/// <param name="connections">Null for a dry run.</param>
internal sealed class ClientCount(IConnections? connections)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    private ConnectionsReport? _last;
    private long _counted;
    private int _isCounting;

    /// <summary>Null for a dry run, and before the first answer.</summary>
    public ConnectionsReport? Now()
    {
        if (connections is not null
            && (Volatile.Read(ref _last) is null || Stopwatch.GetElapsedTime(Volatile.Read(ref _counted)) > Fresh)
            && Interlocked.Exchange(ref _isCounting, 1) == 0)
        {
            _ = Task.WaitAny([Task.Run(() => Count(connections))], Moment);
        }

        return Volatile.Read(ref _last);
    }

    private void Count(IConnections there)
    {
        try
        {
            var (through, trouble) = there.Count();
            Volatile.Write(ref _last, new ConnectionsReport(through, trouble));
        }
        catch (ObjectDisposedException)
        {
            // The daemon is ending.
        }
        finally
        {
            Volatile.Write(ref _counted, Stopwatch.GetTimestamp());
            Volatile.Write(ref _isCounting, 0);
        }
    }
}
