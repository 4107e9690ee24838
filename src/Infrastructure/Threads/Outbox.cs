using GaleraGate.Domain;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>How a worker reports to the loop: each signal carries the time at which it was created.</summary>
/// <param name="put">Puts a signal into the loop's queue; waits for room.</param>
/// <param name="now">The clock for the time stamps.</param>
/// <param name="time">The timers of that clock.</param>
public sealed class Outbox(Func<Signal, CancellationToken, ValueTask> put, Func<Instant> now, TimeProvider time)
{
    public TimeProvider Time => time;

    public Instant Now() => now();

    public ValueTask PutAsync(Func<Instant, Signal> make, CancellationToken cancellationToken) =>
        put(make(now()), cancellationToken);
}
