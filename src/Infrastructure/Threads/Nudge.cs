using System.Threading.Channels;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>
/// Wakes a worker that has something new to do; several nudges before it looks are one. Given from anywhere, awaited by
/// one. Time that is up is a nudge too: one thing to wait for, and a cancelled wait ends where it was cancelled.
/// </summary>
public sealed class Nudge(TimeProvider time)
{
    private readonly Channel<bool> _given = Channel.CreateBounded<bool>(1);

    public void Give() => _ = _given.Writer.TryWrite(true);

    /// <summary>Until a nudge, or the time is up.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        await using var timer = time.CreateTimer(
            static nudge => ((Nudge)nudge!).Give(), this, atMost, Timeout.InfiniteTimeSpan);
        _ = await _given.Reader.ReadAsync(cancellationToken);
    }
}
