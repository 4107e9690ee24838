using System.Runtime.CompilerServices;
using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>Ships this node's journal to the configured archive, and logs when that stops and resumes.</summary>
internal sealed class Shipping : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly MartenArchive _archive;
    private readonly ArchiveShipper _shipper;
    private readonly Clock _clock;
    private readonly ILogger _log;

    public Shipping(
        ArchiveAddress address, string cluster, string node, string journal, JournalFile file, SignalQueue queue,
            Clock clock, ILogger log)
    {
        (_clock, _log) = (clock, log);
        Stream = MartenArchive.StreamOf(cluster, node);
        _source = address.Open();
        _archive = new MartenArchive(_source, address.Schema);
        var shipped = JournalOf(journal, file, queue, clock, log);
        _shipper = new ArchiveShipper(_archive, new ArchiveQueries(_source, address.Schema), Stream, shipped,
            clock.Time);
    }

    public string Stream { get; }

    public ShipReport Report => _shipper.Report;

    /// <summary>The journal as the shipper sees it.</summary>
    internal static ShippedJournal JournalOf(
        string journal, JournalFile file, SignalQueue queue, Clock clock, ILogger log) => new()
    {
        FirstSeq = () => JournalReader.FirstSeq(journal),
        LastSeq = () => file.Seq,
        HashAt = seq => JournalReader.HashAt(journal, seq),
        Follow = (from, cancellationToken) => FollowAsync(journal, file, from, clock.Time, cancellationToken),
        Refused = async why => await queue.PutAsync(new ShippingRefused(clock.Now(), why), CancellationToken.None),
        SetAside = async (first, last, why) =>
        {
            Log.SetAside(log, first, last, why);
            await queue.PutAsync(new EventsDropped(clock.Now(), first, last, $"the archive lacks them: {why}"),
                CancellationToken.None);
        },
    };

    /// <summary>
    /// Runs until cancelled, and then ends without waiting for the archive's last answer: a frozen archive does not
    /// answer a cancellation either.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var shipping = _shipper.RunAsync(cancellationToken);
        var (trouble, behind) = (Report.Trouble, Report.ReadModelTrouble);
        while (!shipping.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            _ = await Task.WhenAny(shipping, Task.Delay(LookEvery, _clock.Time, cancellationToken));
            var report = Report;
            if (report.Trouble is { } now && trouble is null)
            {
                Log.NotShipped(_log, now);
            }
            else if (report.Trouble is null && trouble is not null)
            {
                Log.Ships(_log, report.Shipped ?? 0);
            }

            if (report.ReadModelTrouble is { } why && behind is null)
            {
                Log.ReadModelsNotKept(_log, why);
            }

            (trouble, behind) = (report.Trouble, report.ReadModelTrouble);
        }

        if (shipping.IsCompleted)
        {
            await shipping;
        }
    }

    /// <summary>Gives the last events a moment to be shipped; the next daemon ships what remains.</summary>
    public Task FinishAsync(long seq, TimeSpan atMost) =>
        Report.Trouble is null ? _shipper.AwaitAsync(seq, atMost) : Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _archive.Dispose();
        await _source.DisposeAsync();
    }

    /// <summary>
    /// Only what is synced to disk: an event that a power cut could still remove from the journal must not be in the
    /// archive.
    /// </summary>
    private static async IAsyncEnumerable<IReadOnlyList<ChainedEvent>> FollowAsync(
        string journal, JournalFile file, long from, TimeProvider time,
            [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var lines in JournalTail.FollowAsync(
            journal, from, ArchiveShipper.MaxBatch, time, cancellationToken, () => file.Seq))
        {
            yield return
            [
                .. lines.Where(line => line.Envelope is not null && line.Hash is not null).Select(Shipped),
            ];
        }
    }

    /// <summary>If the archive could not restore a line byte for byte, the line itself is sent too.</summary>
    private static ChainedEvent Shipped(JournalLine line)
    {
        var chained = new ChainedEvent(line.Envelope!, HashChain.Prev(line.Bytes.Span)!, line.Hash!);
        return HashChain.Line(chained).AsSpan().SequenceEqual(line.Bytes.Span)
            ? chained
            : chained with { Line = line.Bytes };
    }
}
