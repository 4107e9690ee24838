using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// Ships beside the daemon and for a moment after it, because the last events are written after everything else has
/// ended. Uses no time on the loop's thread.
/// </summary>
internal sealed class LastShipping : IDisposable
{
    /// <summary>How long a stop waits for the archive; the next daemon ships what remains.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    /// <summary>The time that a stop reserves for the last log lines.</summary>
    private static readonly TimeSpan AfterIt = TimeSpan.FromSeconds(0.35);

    private readonly CancellationTokenSource _end = new();
    private readonly Shipping _shipping;
    private readonly JournalFile _file;
    private readonly StopDeadline _deadline;

    public LastShipping(Shipping shipping, JournalFile file, StopDeadline deadline)
    {
        (_shipping, _file, _deadline) = (shipping, file, deadline);
        Running = Task.Run(() => shipping.RunAsync(_end.Token));
    }

    /// <summary>Ends when shipping has failed, or was ended.</summary>
    public Task Running { get; }

    /// <param name="isAwaited">Use the stop's remaining time to ship the last events.</param>
    public async Task EndAsync(bool isAwaited)
    {
        if (isAwaited && _deadline.Left - AfterIt is var left && left > TimeSpan.Zero)
        {
            await _shipping.FinishAsync(_file.Seq, left < Limit ? left : Limit);
        }

        // Not awaited, because cancelling may itself wait for the archive.
        _ = _end.CancelAsync();
    }

    public void Dispose() => _end.Dispose();
}
