using System.Threading.Channels;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// Writes events to disk, with one fsync for everything that has queued up, and reports which seq is on disk. If the
/// disk cannot be written, it reports that, keeps the queued events in order and tries again; the gate continues
/// without it. The queue is limited, see <see cref="Backlog"/>.
/// </summary>
public sealed class JournalWriter(Func<IReadOnlyList<Envelope>, Task> write, Outbox outbox) : IJournal
{
    /// <summary>How soon a failed write is retried.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>A write that takes longer than this counts as a failed disk until it ends.</summary>
    public static readonly TimeSpan HangsAfter = TimeSpan.FromSeconds(5);

    /// <summary>The most events in one write.</summary>
    private const int MaxBatch = 1000;

    // Queued events are moved into the backlog regularly, even while a write hangs.
    private readonly Channel<Envelope> _queue = Channel.CreateUnbounded<Envelope>();
    private readonly Backlog _backlog = new();

    /// <summary>
    /// Events that could not be written before the end. They are lost, and the caller must report that.
    /// </summary>
    public long Unwritten { get; private set; }

    public void Append(IReadOnlyList<Envelope> events)
    {
        foreach (var envelope in events)
        {
            Invariant.Holds(_queue.Writer.TryWrite(envelope), "the journal takes events until it is ended");
        }
    }

    public void End() => _queue.Writer.Complete();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (_backlog.Count > 0 || await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            TakeIn();
            var batch = _backlog.First(MaxBatch);
            if (await TryWriteAsync(batch, cancellationToken))
            {
                _backlog.Remove(batch.Count);
                TakeIn();
                continue;
            }

            if (_queue.Reader.Completion.IsCompleted || cancellationToken.IsCancellationRequested)
            {
                Unwritten = _backlog.Count;
                return;
            }

            const ConfigureAwaitOptions Here =
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext;
            await Task.Delay(RetryAfter, outbox.Time, cancellationToken).ConfigureAwait(Here);
        }
    }

    /// <summary>Writes on a thread of its own, so that a hanging disk blocks nothing else.</summary>
    public static Func<IReadOnlyList<Envelope>, Task> OnItsOwnThread(JournalFile file)
    {
        var thread = new OwnThread("journal");
        return batch => thread.RunAsync(() => file.Append(batch));
    }

    private void TakeIn()
    {
        while (_queue.Reader.TryRead(out var envelope))
        {
            _backlog.Add(envelope);
        }
    }

    private async Task<bool> TryWriteAsync(IReadOnlyList<Envelope> batch, CancellationToken cancellationToken)
    {
        _backlog.Keep(batch.Count);
        try
        {
            var writing = write(batch);
            if (await IsHangingAsync(writing))
            {
                var hangs = $"the disk has not answered for {HangsAfter.TotalSeconds} s";
                await TellAsync(at => new JournalUnavailable(at, hangs), cancellationToken);
                while (await IsHangingAsync(writing))
                {
                    TakeIn();
                }
            }

            await writing;
            await TellAsync(at => new JournalSynced(at, batch[^1].Seq), cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await TellAsync(at => new JournalUnavailable(at, e.Message.ReplaceLineEndings(" ")), cancellationToken);
            return false;
        }
        finally
        {
            _backlog.Keep(0);
        }
    }

    private async Task<bool> IsHangingAsync(Task writing) =>
        await Task.WhenAny(writing, Task.Delay(HangsAfter, outbox.Time, CancellationToken.None)) != writing;

    private async Task TellAsync(Func<Instant, Signal> make, CancellationToken cancellationToken)
    {
        try
        {
            await outbox.PutAsync(make, cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            // The loop has ended; the events are written all the same.
        }
    }
}
