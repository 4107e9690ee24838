using System.Diagnostics;
using System.Net;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Connections;
using GaleraGate.Infrastructure.Knock;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// How many clients are connected through the gate, and when an external client last was. Only one thread asks the
/// kernel, at most every two seconds; a request that arrives meanwhile, or waits too long, gets the previous answer.
/// While the gate is open it asks once a minute even without requests: an ended connection stays tracked for two
/// minutes, so none is missed.
/// </summary>
/// <param name="connections">Null for a dry run.</param>
internal sealed class ClientCount(IConnections? connections, Clock clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Unasked = TimeSpan.FromMinutes(1);

    private readonly Instant _began = clock.Now();
    private ConnectionsReport? _last;
    private Meeting? _met;
    private long _counted;
    private int _isCounting;

    /// <param name="By">Its address; null for doctor's own test on this host.</param>
    private sealed record Meeting(Instant At, IPAddress? By);

    /// <summary>Null for a dry run, and before the first answer.</summary>
    public ConnectionsReport? Now()
    {
        if (Begin(Fresh) is { } counting)
        {
            _ = Task.WaitAny([counting], Moment);
        }

        return Volatile.Read(ref _last);
    }

    /// <summary>The last external client; null if unknown.</summary>
    public OutsideReport? Outside()
    {
        if (Volatile.Read(ref _last) is not { Trouble: null })
        {
            return null;
        }

        var (now, met) = (clock.Now(), Volatile.Read(ref _met));
        return new OutsideReport(now.Since(_began)?.TotalSeconds ?? 0)
        {
            At = met?.At.Utc,
            Ago = met is null ? null : now.Since(met.At)?.TotalSeconds,
            By = met is null ? null : met.By?.ToString() ?? OutsideReport.Doctor,
        };
    }

    /// <summary>Checks periodically until cancelled.</summary>
    public async Task WatchAsync(Func<bool> isOpen, CancellationToken ending)
    {
        while (true)
        {
            await Task.Delay(Unasked, clock.Chores, ending);
            _ = isOpen() ? Begin(Unasked / 2) : null;
        }
    }

    /// <summary>Asks the kernel on another thread, unless it did so recently or is doing so now.</summary>
    private Task? Begin(TimeSpan fresh) =>
        connections is not null
        && (Volatile.Read(ref _last) is null || Stopwatch.GetElapsedTime(Volatile.Read(ref _counted)) > fresh)
        && Interlocked.Exchange(ref _isCounting, 1) == 0
            ? Task.Run(() => Count(connections))
            : null;

    private void Count(IConnections there)
    {
        try
        {
            var seen = there.Look();
            Volatile.Write(ref _last, new ConnectionsReport(seen.Count, seen.Trouble));
            Note(seen.Clients);
        }
        catch (ObjectDisposedException)
        {
            // The daemon is stopping.
        }
        finally
        {
            Volatile.Write(ref _counted, Stopwatch.GetTimestamp());
            Volatile.Write(ref _isCounting, 0);
        }
    }

    /// <summary>
    /// A client on this host does not prove that the way from outside works, and doctor's own test even less.
    /// </summary>
    private void Note(IReadOnlyCollection<IPAddress> clients)
    {
        if (clients.Count == 0)
        {
            return;
        }

        var own = OwnAddresses.All();
        var outside = clients.Where(client => !IPAddress.IsLoopback(client) && !own.Contains(client)).ToList();
        if (outside.Find(client => !StrangerAddress.IsOfNobody(client)) is { } client)
        {
            Volatile.Write(ref _met, new Meeting(clock.Now(), client));
        }
        else if (outside.Count > 0 && Volatile.Read(ref _met) is not { By: not null })
        {
            Volatile.Write(ref _met, new Meeting(clock.Now(), null));
        }
    }
}
