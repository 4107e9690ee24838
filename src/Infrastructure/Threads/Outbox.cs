using GaleraGate.Domain;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>
/// How a worker tells the loop what happened: each signal is stamped with the moment at which it is made.
/// </summary>
/// <param name="put">Puts a signal into the loop's queue; waits for room.</param>
/// <param name="now">Stamps moments.</param>
/// <param name="time">The timers that belong to them.</param>
public sealed class Outbox(Func<Signal, CancellationToken, ValueTask> put, Func<Instant> now, TimeProvider time)
{
    public TimeProvider Time => time;

    public Instant Now() => now();

    public ValueTask PutAsync(Func<Instant, Signal> make, CancellationToken cancellationToken) =>
        put(make(now()), cancellationToken);
}
