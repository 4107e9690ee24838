using System.Diagnostics.CodeAnalysis;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;
using JasperFx.Events;
using Marten;
using Marten.Events.Projections;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>
/// Updates the read models in the transaction of each append. It never stops an append: if it cannot work, it leaves
/// the rows out, reports why in <see cref="Trouble"/>, and a later append or <c>archive rebuild</c> adds them. Readers
/// take from the events whatever the read models lack.
/// </summary>
internal sealed class ReadModelProjection(NpgsqlDataSource source, string schema, TimeProvider time) : IProjection
{
    /// <summary>A stream that lacks more events than this is left to <c>archive rebuild</c>.</summary>
    private const int MostBehind = 10_000;

    private static readonly TimeSpan TriesAgainAfter = TimeSpan.FromMinutes(1);

    private readonly ReadModelTables _tables = new(schema);
    private readonly ArchiveSnapshots _snapshots = new(source, schema);
    private readonly Dictionary<string, StreamFold> _folds = new(StringComparer.Ordinal);
    private long? _failed;

    /// <summary>Why the read models are not updated at present; null while they are.</summary>
    public string? Trouble { get; private set; }

    /// <summary>The current append includes rows of read models.</summary>
    public bool HasQueued { get; private set; }

    public async Task ApplyAsync(
        IDocumentOperations operations, IReadOnlyList<IEvent> events, CancellationToken cancellation)
    {
        HasQueued = false;
        if (_failed is { } moment && time.GetElapsedTime(moment) < TriesAgainAfter)
        {
            return;
        }

        try
        {
            foreach (var stream in events.GroupBy(one => one.StreamKey!, StringComparer.Ordinal))
            {
                await ApplyAsync(operations, stream.Key, [.. stream], cancellation);
            }
        }
        // Whatever goes wrong here must not keep an event out of the archive.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Fail(ArchiveFailure.Words(e));
        }
    }

    /// <summary>
    /// Pauses the read models because an append failed on account of them. The events folded for that append are not in
    /// the archive, so the next fold starts from what is.
    /// </summary>
    public void Fail(string why)
    {
        _folds.Clear();
        (_failed, Trouble, HasQueued) = (time.GetTimestamp(), why, false);
    }

    private async Task ApplyAsync(
        IDocumentOperations operations, string stream, List<IEvent> events, CancellationToken cancellation)
    {
        var (before, queued) = (events[0].Version - 1, new List<Snapshot>());
        var fold = _folds.GetValueOrDefault(stream);
        if (fold?.Version != before)
        {
            // The first append, or one that follows a failed one.
            _ = _folds.Remove(stream);
            var begin = before == 0 ? null : await _snapshots.LastAsync(stream, before, cancellation);
            if (before - (begin?.Version ?? 0) > MostBehind)
            {
                Fail($"they are more than {MostBehind} events behind: galeragate archive rebuild");
                return;
            }

            (fold, var due) = before == 0
                ? (new StreamFold(), [])
                : await _snapshots.FoldAsync(stream, begin, before, cancellation);
            queued.AddRange(due);
        }

        foreach (var one in events)
        {
            queued.AddRange(fold.Take(EnvelopeOf(one)) is { } snapshot ? [snapshot] : []);
        }

        _folds[stream] = fold;
        foreach (var (statement, values) in queued.SelectMany(snapshot => _tables.Rows(stream, snapshot)))
        {
            HasQueued = true;
            operations.QueueSqlCommand(statement, values);
        }

        (_failed, Trouble) = (null, null);
    }

    [SuppressMessage("Globalization", "CA1305", Justification = "numbers, which are no text")]
    private static Envelope EnvelopeOf(IEvent one)
    {
        var at = new Instant(
            one.Timestamp, SecondsConverter.ToTime(Convert.ToDecimal(Header("mono"))), (string)Header("boot")!);
        return new Envelope(
            one.Version,
            at,
            (string)Header("node")!,
            DataOf((AuditEvent)one.Data),
            Header("cause") is { } cause ? Convert.ToInt64(cause) : null,
            Header("view") is { } view ? Convert.ToUInt64(view) : null,
            Header("committed") is { } committed ? Convert.ToUInt64(committed) : null);

        object? Header(string name) => one.GetHeader(name);
    }

    /// <summary>The original data of an event that was stored as text.</summary>
    private static AuditEvent DataOf(AuditEvent data) =>
        data is UnknownEvent unknown ? EventCodec.ReadEvent(unknown.Type, unknown.Data) : data;
}
