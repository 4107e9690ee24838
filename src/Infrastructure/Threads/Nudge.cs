using System.Threading.Channels;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>
/// Wakes a worker that has something new to do; several nudges before it wakes count as one. Any thread may give one;
/// only one may wait. A timeout counts as a nudge too, so there is one thing to wait for, and a cancelled wait ends
/// where it was cancelled.
/// </summary>
public sealed class Nudge(TimeProvider time)
{
    private readonly Channel<bool> _given = Channel.CreateBounded<bool>(1);

    public void Give() => _ = _given.Writer.TryWrite(true);

    /// <summary>Waits for a nudge or the timeout.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        await using var timer = time.CreateTimer(
            static nudge => ((Nudge)nudge!).Give(), this, atMost, Timeout.InfiniteTimeSpan);
        _ = await _given.Reader.ReadAsync(cancellationToken);
    }
}
