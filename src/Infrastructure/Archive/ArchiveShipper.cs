using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using JasperFx.Events;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>How far the shipping is.</summary>
/// <param name="Shipped">The last seq that the archive has; null before it has answered.</param>
/// <param name="Waiting">When the oldest event happened that waits to be shipped; null where none does.</param>
/// <param name="Trouble">Why nothing is shipped at present; null while it works.</param>
public sealed record ShipReport(long? Shipped, Instant? Waiting, string? Trouble);

/// <summary>
/// Ships a journal to the archive, in the background: it goes on behind the last event that the archive has, tries again ever more rarely while the
/// archive does not answer, and catches up in large batches. Before it ships anything it compares hashes at the archive's end: where they differ, another
/// node ships under this name, or the journal is not the one that was shipped, and it ships nothing. What the journal dropped before it was shipped is
/// a gap in the archive too: each lost event has an <see cref="AuditGap"/> in its place.
/// </summary>
/// <param name="journal">The journal's events from a seq on, and then each as it is written: what is there at once, at most <see cref="MaxBatch"/>.</param>
/// <param name="firstSeq">The first seq that the journal holds.</param>
/// <param name="hashAt">The journal's hash at a seq; null where it does not hold that event any more, or not yet.</param>
public sealed class ArchiveShipper(
    MartenArchive archive,
    ArchiveQueries queries,
    string stream,
    Func<long, CancellationToken, IAsyncEnumerable<IReadOnlyList<ChainedEvent>>> journal,
    Func<long> firstSeq,
    Func<long, string?> hashAt,
    Func<string, Task> refused,
    TimeProvider time)
{
    /// <summary>So many events are appended in one transaction at the most.</summary>
    public const int MaxBatch = 2000;

    private ShipReport _report = new(null, null, null);
    private string? _told;

    public ShipReport Report => Volatile.Read(ref _report);

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                var version = await archive.VersionAsync(stream, cancellationToken);
                Show(new ShipReport(version, null, null));
                if (await RefusalAsync(version, cancellationToken) is { } refusal)
                {
                    Show(Report with { Trouble = refusal });
                    if (refusal != _told)
                    {
                        await refused(_told = refusal);
                    }
                }
                else
                {
                    (failures, _told) = (0, null);
                    await ShipAsync(version, cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is EventStreamUnexpectedMaxEventIdException or ExistingStreamIdCollisionException)
            {
                // An append whose answer was lost, or another shipper: the archive's end tells which.
                Show(Report with { Trouble = e.Message });
            }
#pragma warning disable CA1031 // Whatever becomes of the archive must not become of the gate: it is told, and tried again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Show(Report with { Trouble = ArchiveFailure.Words(e) });
            }

            await Task.Delay(ShipBackoff.After(failures + 1), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Waits until an event is shipped, for so long at the most.</summary>
    public async Task AwaitAsync(long seq, TimeSpan atMost)
    {
        var end = time.GetTimestamp() + (long)(atMost.TotalSeconds * time.TimestampFrequency);
        while (!(Report.Shipped >= seq) && time.GetTimestamp() < end)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), time);
        }
    }

    /// <summary>Why these two do not belong together; null where they do.</summary>
    private async Task<string?> RefusalAsync(long version, CancellationToken cancellationToken)
    {
        if (version < firstSeq())
        {
            // Nothing is there yet, or what would tell was dropped.
            return null;
        }

        var theirs = await queries.HashAsync(stream, version, cancellationToken);
        return hashAt(version) switch
        {
            null => $"the archive has {version} events of {stream} and this journal does not hold #{version}: another node ships under this name, or this journal was begun anew; give the node another --node or --cluster name",
            var ours when ours != theirs => $"the archive's #{version} of {stream} is not this journal's: another node ships under this name, or this journal was begun anew; give the node another --node or --cluster name",
            _ => null,
        };
    }

    private async Task ShipAsync(long version, CancellationToken cancellationToken)
    {
        await foreach (var batch in journal(version + 1, cancellationToken))
        {
            await FillAsync(batch[0].Envelope, cancellationToken);
            if (batch[0].Envelope.Seq != Report.Shipped + 1 || batch[^1].Envelope.Seq != Report.Shipped + batch.Count)
            {
                throw new InvalidDataException($"the journal does not go on from #{Report.Shipped} without a gap: it is damaged, see galeragate audit verify");
            }

            Show(Report with { Waiting = batch[0].Envelope.At });
            await archive.AppendAsync(stream, batch, cancellationToken);
            Show(new ShipReport(batch[^1].Envelope.Seq, null, null));
        }
    }

    /// <summary>Puts gaps in the place of events that the journal no longer has.</summary>
    private async Task FillAsync(Envelope next, CancellationToken cancellationToken)
    {
        var first = Report.Shipped!.Value + 1;
        if (next.Seq != firstSeq())
        {
            return;
        }

        var lost = new AuditGap(first, next.Seq - 1, "the journal dropped them before they were shipped");
        while (Report.Shipped < lost.Last)
        {
            var from = Report.Shipped.Value + 1;
            var gap = Enumerable.Range(0, (int)Math.Min(MaxBatch, lost.Last - from + 1))
                .Select(i => new ChainedEvent(next with { Seq = from + i, Event = lost, Cause = null }, ChainedEvent.NoHash, ChainedEvent.NoHash)).ToList();
            await archive.AppendAsync(stream, gap, cancellationToken);
            Show(new ShipReport(gap[^1].Envelope.Seq, next.At, null));
        }
    }

    private void Show(ShipReport report) => Volatile.Write(ref _report, report);
}
