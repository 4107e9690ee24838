using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// Ships beside the daemon, and a moment longer: the last events are written when everything else has ended. It does
/// not take the loop's time.
/// </summary>
internal sealed class LastShipping : IDisposable
{
    /// <summary>How long a stop waits for the archive: what it does not take now, the next daemon ships.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    /// <summary>What a stop leaves for the last lines of the log.</summary>
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

    /// <param name="isAwaited">The last events get the time that the stop has left.</param>
    public async Task EndAsync(bool isAwaited)
    {
        if (isAwaited && _deadline.Left - AfterIt is var left && left > TimeSpan.Zero)
        {
            await _shipping.FinishAsync(_file.Seq, left < Limit ? left : Limit);
        }

        // Not awaited: what the archive's client does when it is cancelled waits for the archive.
        _ = _end.CancelAsync();
    }

    public void Dispose() => _end.Dispose();
}
