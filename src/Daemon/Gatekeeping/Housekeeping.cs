using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Loop;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// Maintains the journal's sealed segments, away from everything that the gate waits for: writes each new head to the
/// log, where a person who rewrites the journal cannot change it, deletes segments according to the retention, then
/// compresses.
/// </summary>
internal sealed class Housekeeping(
    string directory,
    JournalFile file,
    JournalRetention retention,
    Func<long?> shipped,
    SignalQueue queue,
    Clock clock,
    ILogger log)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeepEvery = TimeSpan.FromMinutes(1);

    private readonly OwnThread _thread = new("housekeeping");

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        SealedSegment? told = null;
        for (var kept = clock.Now(); ;)
        {
            await Task.Delay(LookEvery, clock.Chores, cancellationToken).ConfigureAwait(LoopThread.Quietly);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            var isNew = file.LastSealed != told;
            if (isNew)
            {
                told = file.LastSealed!;
                Log.Sealed(log, told.Path, told.HeadSeq, told.Head);
            }

            if (isNew || clock.Now().Since(kept) >= KeepEvery)
            {
                kept = clock.Now();
                await KeepAsync(cancellationToken);
            }
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        await TryAsync(() => DropAsync(cancellationToken));
        await TryAsync(() => _thread.RunAsync(() => JournalKeeper.Compress(directory, cancellationToken)));
    }

    private async Task DropAsync(CancellationToken cancellationToken)
    {
        var head = file.Head;
        var ran = head.Ran.At(clock.Now());
        var dropping = JournalKeeper.Drop(directory, retention, shipped(), head.Seq, ran).GetEnumerator();
        // One at a time, so that each deletion is reported even if the next one fails.
        while (await _thread.RunAsync(dropping.MoveNext))
        {
            var segment = dropping.Current;
            Log.Dropped(log, Path.GetFileName(segment.Path), segment.First, segment.Last);
            if (segment.Unshipped)
            {
                await queue.PutAsync(
                    new EventsDropped(
                        clock.Now(), segment.First, segment.Last,
                            "the journal grew past its limit before the archive had them"),
                    cancellationToken);
            }
        }
    }

    private async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotKept(log, e.Message.ReplaceLineEndings(" "));
        }
        catch (OperationCanceledException)
        {
            // The daemon is stopping; the next one continues.
        }
    }
}
