using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Threads;
using JasperFx.Events;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>The progress of shipping.</summary>
/// <param name="Shipped">The last seq of this journal that the archive has; null before it has answered.</param>
/// <param name="Waiting">When the oldest event happened that is waiting to be shipped; null if none is.</param>
/// <param name="Trouble">Why nothing is shipped at present; null while shipping works.</param>
public sealed record ShipReport(long? Shipped, Instant? Waiting, string? Trouble)
{
    /// <summary>Why the read models are not updated at present; null while they are.</summary>
    public string? ReadModelTrouble { get; init; }
}

/// <summary>
/// Ships a journal to the archive in the background. It continues after the last event that the archive has, retries at
/// growing intervals while the archive does not answer, and catches up in large batches. Only events that are on disk
/// are shipped. Before it ships anything it compares the hashes at the archive's end; if they differ it ships nothing,
/// see <see cref="CommonHistory"/>. No single event stops it: an event that the journal lost, that is damaged, or that
/// PostgreSQL refuses in any form is replaced by an <see cref="AuditGap"/>.
/// </summary>
public sealed class ArchiveShipper(
    IArchiveEnd archive, IArchiveHashes hashes, string stream, ShippedJournal journal, TimeProvider time)
{
    /// <summary>The most events that are appended in one transaction.</summary>
    public const int MaxBatch = 500;

    private ShipReport _report = new(null, null, null);
    private string? _told;

    public ShipReport Report => Volatile.Read(ref _report) with { ReadModelTrouble = archive.ReadModelTrouble };

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                var version = await archive.VersionAsync(stream, cancellationToken);
                if (await RefusalAsync(version, cancellationToken) is { } refusal)
                {
                    Show(new ShipReport(refusal.Agreed, null, refusal.Why));
                    if (refusal.Why != _told)
                    {
                        await journal.Refused(_told = refusal.Why);
                    }
                }
                else
                {
                    (failures, _told) = (0, null);
                    Show(new ShipReport(version, null, null));
                    await ShipAsync(version, cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
                when (e is EventStreamUnexpectedMaxEventIdException or ExistingStreamIdCollisionException)
            {
                // The answer to an append was lost, or there is another shipper: the end of the archive's stream shows
                // which.
                Show(Report with { Trouble = e.Message });
            }
            // A failure of the archive must never affect the gate: report it and try again.
#pragma warning disable CA1031
            catch (Exception e)
#pragma warning restore CA1031
            {
                Show(Report with { Trouble = ArchiveFailure.Words(e) });
            }

            await Task.Delay(ShipBackoff.After(failures + 1), time, cancellationToken)
                .ConfigureAwait(LoopThread.Quietly);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>Waits until an event is shipped, up to a limit.</summary>
    public async Task AwaitAsync(long seq, TimeSpan atMost)
    {
        var end = time.GetTimestamp() + (long)(atMost.TotalSeconds * time.TimestampFrequency);
        while (!(Report.Shipped >= seq) && time.GetTimestamp() < end)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), time);
        }
    }

    /// <summary>
    /// Why the archive's stream does not belong to this journal, and up to which seq both agree; null if it does.
    /// </summary>
    private async Task<(string Why, long Agreed)?> RefusalAsync(long version, CancellationToken cancellationToken)
    {
        if (version < journal.FirstSeq())
        {
            // The archive has nothing yet, or retention deleted the event needed for the comparison.
            return null;
        }

        var (theirs, ours) = (await hashes.HashAsync(stream, version, cancellationToken), journal.HashAt(version));
        if (theirs is not null and not ChainedEvent.NoHash && ours == theirs)
        {
            return null;
        }

        var last = Math.Min(version, journal.LastSeq());
        var agreed = await CommonHistory.EndAsync(
            journal.FirstSeq(), last, journal.HashAt, seq => hashes.HashAsync(stream, seq, cancellationToken));
        if (agreed == version)
        {
            return null;
        }

        var difference = ours is null
            ? $"the archive has {version} events of {stream} and this journal does not hold #{version}"
            : $"the archive's #{version} of {stream} is not this journal's";
        var advice = agreed > 0
            ? $"; they are the same up to #{agreed}. If this journal lost its end (a power cut, a disk put back), "
                + "galeragate archive reconcile sets the others aside; if another node ships under this name, "
                + "give one of them another --node or --cluster name"
            : ": another node ships under this name, or this journal was started from nothing; give the node another "
                + "--node or --cluster name, or set the older stream aside: galeragate archive reconcile --whole";
        return (difference + advice, agreed);
    }

    private async Task ShipAsync(long version, CancellationToken cancellationToken)
    {
        await foreach (var batch in journal.Follow(version + 1, cancellationToken))
        {
            var rest = batch;
            while (rest.Count > 0)
            {
                var first = rest[0].Envelope;
                if (first.Seq <= Report.Shipped)
                {
                    var why = $"it stands after #{Report.Shipped} in the journal, see galeragate audit verify";
                    await journal.SetAside(first.Seq, first.Seq, why);
                    rest = [.. rest.Skip(1)];
                    continue;
                }

                await FillAsync(first, cancellationToken);
                var run = rest.TakeWhile((one, i) => one.Envelope.Seq == first.Seq + i).ToList();
                Show(Report with { Waiting = first.At });
                await AppendAsync(run, cancellationToken);
                Show(new ShipReport(run[^1].Envelope.Seq, null, null));
                rest = [.. rest.Skip(run.Count)];
            }
        }
    }

    /// <summary>Fills in gaps for events that the journal no longer has, or cannot read.</summary>
    private async Task FillAsync(Envelope next, CancellationToken cancellationToken)
    {
        var (first, last) = (Report.Shipped!.Value + 1, next.Seq - 1);
        if (first > last)
        {
            return;
        }

        var wasDropped = next.Seq == journal.FirstSeq();
        var why = wasDropped
            ? "the journal dropped them before they were shipped"
            : "they are damaged in the journal, see galeragate audit verify";
        while (Report.Shipped < last)
        {
            var from = Report.Shipped.Value + 1;
            var gap = Enumerable.Range(0, (int)Math.Min(MaxBatch, last - from + 1))
                .Select(i => Gap(next with { Seq = from + i }, new AuditGap(first, last, why), ChainedEvent.NoHash))
                    .ToList();
            await archive.AppendAsync(stream, gap, cancellationToken);
            Show(new ShipReport(gap[^1].Envelope.Seq, next.At, null));
        }

        if (!wasDropped)
        {
            await journal.SetAside(first, last, why);
        }
    }

    /// <summary>
    /// Appends events. Halving the batch finds those that PostgreSQL refuses for their content: each is sent as text,
    /// or as a gap if the text is refused too. The gap keeps the event's hash, so the chain can be compared at that
    /// point.
    /// </summary>
    private async Task AppendAsync(List<ChainedEvent> events, CancellationToken cancellationToken)
    {
        if (await RefusedAsync(events, cancellationToken) is not { } refused)
        {
            return;
        }

        if (events.Count > 1)
        {
            await AppendAsync(events[..(events.Count / 2)], cancellationToken);
            await AppendAsync(events[(events.Count / 2)..], cancellationToken);
            return;
        }

        var (one, seq) = (events[0], events[0].Envelope.Seq);
        if (await RefusedAsync([ArchiveHeaders.AsText(one)], cancellationToken) is null)
        {
            return;
        }

        var why = $"PostgreSQL refuses it: {refused}";
        await archive.AppendAsync(stream, [Gap(one.Envelope, new AuditGap(seq, seq, why), one.Hash, one.Prev)],
            cancellationToken);
        await journal.SetAside(seq, seq, why);
    }

    /// <summary>Why PostgreSQL refuses one of these events for its content; null if all are stored now.</summary>
    private async Task<string?> RefusedAsync(IReadOnlyList<ChainedEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            await archive.AppendAsync(stream, events, cancellationToken);
            return null;
        }
        catch (Exception e) when (RefusedData.Why(e) is not null)
        {
            return RefusedData.Why(e);
        }
    }

    private static ChainedEvent Gap(Envelope place, AuditGap gap, string hash, string prev = ChainedEvent.NoHash) =>
        new(place with { Event = gap, Cause = null }, prev, hash);

    private void Show(ShipReport report) => Volatile.Write(ref _report, report);
}
