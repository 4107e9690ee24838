using System.Diagnostics.CodeAnalysis;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Threads;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>A point in a stream from which a reader can continue.</summary>
/// <param name="Events">The events that fold to the state at that point.</param>
/// <param name="Version">The seq of that point; the events after it must still be read.</param>
/// <param name="At">When the event with that seq happened.</param>
public sealed record StreamBegin(IReadOnlyList<Envelope> Events, long Version, DateTimeOffset At)
{
    /// <summary>The beginning of a stream.</summary>
    public static StreamBegin First { get; } = new([], 0, DateTimeOffset.MinValue);
}

/// <summary>The closures of a stream.</summary>
/// <param name="Ended">Those that ended.</param>
/// <param name="End">The fold at the end of the record.</param>
public sealed record StreamClosures(IReadOnlyList<Closure> Ended, ClosureState? End);

/// <summary>
/// Answers questions about many streams at once, from the read models and from the events that those lack: events since
/// the last snapshot, or all events of a stream without one. Each stream is looked up separately by an index; OFFSET 0
/// prevents PostgreSQL from scanning all events instead.
/// </summary>
[SuppressMessage(
    "Security", "CA2100", Justification = "the schema's name is checked where it comes in, values are parameters")]
public sealed class ArchiveReadModels
{
    private readonly NpgsqlDataSource _source;
    private readonly ReadModelTables _tables;
    private readonly string _events;

    private ArchiveReadModels(NpgsqlDataSource source, string schema, ReadModelTables tables) =>
        (_source, _events, _tables) = (source, $"{schema}.mt_events", tables);

    /// <summary>Checks whether the archive has read models; if it has none, events are read instead.</summary>
    public static async Task<ArchiveReadModels> OfAsync(
        NpgsqlDataSource source, string schema, CancellationToken cancellationToken)
    {
        var tables = new ReadModelTables(schema);
        return new ArchiveReadModels(
            source, schema, await tables.ExistAsync(source, cancellationToken) ? tables : tables.Empty);
    }

    /// <summary>Whether read models up to a seq lack more events than they ever do in normal operation.</summary>
    public static bool Lacks(long events, long version) => events - version >= StreamFold.Step;

    /// <summary>The seq up to which each stream has read models; a stream without any is missing here.</summary>
    public IReadOnlyDictionary<string, long> Versions(IEnumerable<string> streams) =>
        Rows(
            $"""
            SELECT s.id, l.version FROM unnest($1) AS s(id) CROSS JOIN LATERAL
                (SELECT version FROM {_tables.Snapshots} WHERE stream_id = s.id ORDER BY version DESC LIMIT 1) l
            """,
            reader => KeyValuePair.Create(reader.GetString(0), reader.GetInt64(1)),
            [.. streams])
            .ToDictionary(StringComparer.Ordinal);

    /// <summary>
    /// The closures that overlap a period, and for each stream the one before and the one after. These show which gates
    /// were open at the beginning of the period, and how it ended.
    /// </summary>
    public IReadOnlyDictionary<string, StreamClosures> Closures(
        IReadOnlyList<string> streams, DateTimeOffset? since, DateTimeOffset? until)
    {
        var ends = Rows(
            $"""
            SELECT s.id, l.version, l.closures FROM unnest($1) AS s(id) CROSS JOIN LATERAL
                (SELECT version, closures FROM {_tables.Snapshots} WHERE stream_id = s.id
                 ORDER BY version DESC LIMIT 1) l
            """,
            reader => (
                Stream: reader.GetString(0),
                Version: reader.GetInt64(1),
                End: ReadModelTables.EndOf(reader.GetString(2))),
            [.. streams]).ToDictionary(one => one.Stream, StringComparer.Ordinal);
        var (from, to) = (since ?? DateTimeOffset.MinValue, until ?? DateTimeOffset.MaxValue);
        var ended = Rows(
            $"""
            SELECT s.id, c.closure FROM unnest($1) AS s(id) CROSS JOIN LATERAL (
                (SELECT closure FROM {_tables.Closures} WHERE stream_id = s.id AND ended < $2
                 ORDER BY ended DESC LIMIT 1)
                UNION ALL
                (SELECT closure FROM {_tables.Closures} WHERE stream_id = s.id AND ended >= $2 AND began <= $3)
                UNION ALL
                (SELECT closure FROM {_tables.Closures} WHERE stream_id = s.id AND ended >= $2 AND began > $3
                 ORDER BY began LIMIT 1)) c
            """,
            reader => (Stream: reader.GetString(0), Closure: ReadModelTables.ClosureOf(reader.GetString(1))),
            [.. streams], from.ToUniversalTime(), to.ToUniversalTime())
            .ToLookup(one => one.Stream, one => one.Closure, StringComparer.Ordinal);
        var tails = Tails(streams, [.. streams.Select(one => ends.TryGetValue(one, out var end) ? end.Version : 0)]);
        return streams.ToDictionary(
            stream => stream,
            stream =>
            {
                var begin = ends.TryGetValue(stream, out var snapshot) ? snapshot.End : null;
                var (late, end) = ClosureState.Of(tails[stream], begin);
                return new StreamClosures([.. ended[stream].Concat(late).DistinctBy(one => one.Seq)], end);
            },
            StringComparer.Ordinal);
    }

    /// <summary>A snapshot of each stream from before a time; a stream without one is missing here.</summary>
    public IReadOnlyDictionary<string, StreamBegin> Begins(IReadOnlyList<string> streams, DateTimeOffset time)
    {
        var snapshots = Rows(
            $"""
            SELECT s.id, l.version, l.at, l.carried FROM unnest($1) AS s(id) CROSS JOIN LATERAL
                (SELECT version, at, carried FROM {_tables.Snapshots} WHERE stream_id = s.id AND at <= $2
                 ORDER BY at DESC, version DESC LIMIT 1) l
            """,
            reader => (
                Stream: reader.GetString(0),
                Version: reader.GetInt64(1),
                At: reader.GetFieldValue<DateTimeOffset>(2),
                Carried: reader.GetFieldValue<long[]>(3)),
            [.. streams], time.ToUniversalTime()).ToList();
        var carried = InOrder(Events(
            $"""
            SELECT s.id, {ArchiveRow.Columns} FROM unnest($1, $2) AS s(id, version)
            JOIN {_events} e ON e.stream_id = s.id AND e.version = s.version
            """,
            [.. snapshots.SelectMany(one => one.Carried, (one, _) => one.Stream)],
            snapshots.SelectMany(one => one.Carried).ToArray()));
        return snapshots.ToDictionary(
            one => one.Stream,
            one => new StreamBegin([.. carried[one.Stream]], one.Version, one.At),
            StringComparer.Ordinal);
    }

    /// <summary>The events of streams since their starting points, up to a time, in the order of their seqs.</summary>
    /// <param name="most">If there are more events than this, nothing is read and the result is null.</param>
    public ILookup<string, Envelope>? After(
        IReadOnlyList<string> streams,
        IReadOnlyDictionary<string, StreamBegin> begins,
        DateTimeOffset? until,
        int most)
    {
        var from = streams.Select(stream => begins.GetValueOrDefault(stream, StreamBegin.First)).ToList();
        var read = Events(
            $"""
            SELECT s.id, {ArchiveRow.Columns} FROM unnest($1, $2, $3) AS s(id, version, at) CROSS JOIN LATERAL (
                SELECT version, type, data, headers FROM {_events}
                WHERE stream_id = s.id AND timestamp > s.at AND timestamp <= $4 AND version > s.version
                UNION ALL
                -- Of the same moment, or a clock that was set back.
                SELECT version, type, data, headers FROM {_events}
                WHERE stream_id = s.id AND version > s.version AND version <= s.version + {StreamFold.Step}
                    AND timestamp <= s.at OFFSET 0) e
            LIMIT {most + 1}
            """,
            [.. streams],
            from.Select(begin => begin.Version).ToArray(),
            from.Select(begin => begin.At.ToUniversalTime()).ToArray(),
            (until ?? DateTimeOffset.MaxValue).ToUniversalTime()).ToList();
        return read.Count > most ? null : InOrder(read);
    }

    /// <summary>The first events of each stream after a time: those within a given duration of the first one.</summary>
    public ILookup<string, Envelope> FirstAfter(IReadOnlyList<string> streams, DateTimeOffset time, TimeSpan within) =>
        InOrder(Events(
            $"""
            SELECT s.id, {ArchiveRow.Columns} FROM unnest($1) AS s(id) CROSS JOIN LATERAL
                (SELECT timestamp AS at FROM {_events} WHERE stream_id = s.id AND timestamp > $2
                 ORDER BY timestamp LIMIT 1) f CROSS JOIN LATERAL
                (SELECT version, type, data, headers FROM {_events}
                 WHERE stream_id = s.id AND timestamp >= f.at AND timestamp <= f.at + $3 OFFSET 0) e
            """,
            [.. streams], time.ToUniversalTime(), within));

    /// <summary>Notes that people wrote about the events of streams.</summary>
    public ILookup<string, Envelope> Notes(IReadOnlyList<string> streams) =>
        InOrder(Events(
            $"SELECT e.stream_id, {ArchiveRow.Columns} FROM {_events} e "
            + "WHERE type = 'Annotated' AND stream_id = ANY ($1)",
            [.. streams]));

    /// <summary>
    /// The events that the read models lack for closures: those after the last snapshot of each stream.
    /// </summary>
    private ILookup<string, Envelope> Tails(IReadOnlyList<string> streams, IReadOnlyList<long> after) =>
        InOrder(Events(
            $"""
            SELECT s.id, {ArchiveRow.Columns} FROM unnest($1, $2) AS s(id, version) CROSS JOIN LATERAL
                (SELECT version, type, data, headers FROM {_events} e WHERE stream_id = s.id AND version > s.version
                    AND {ArchiveRow.IsOfType("ANY ($3)")} OFFSET 0) e
            """,
            [.. streams], after.ToArray(), Failovers.Types.ToArray()));

    private static ILookup<string, Envelope> InOrder(IEnumerable<(string Id, Envelope Envelope)> read) =>
        read.OrderBy(one => one.Envelope.Seq).ToLookup(one => one.Id, one => one.Envelope, StringComparer.Ordinal);

    /// <summary>The events that a statement gives, each with its stream before it; parsed on all processors.</summary>
    private IEnumerable<(string Id, Envelope Envelope)> Events(
        string statement, string[] streams, params object[] values) =>
        Rows(statement, reader => (Id: reader.GetString(0), Row: ArchiveRow.Read(reader, 1)), streams, values)
            .SelectAhead(one => (one.Id, one.Row.Event().Envelope));

    private IEnumerable<T> Rows<T>(
        string statement, Func<NpgsqlDataReader, T> read, string[] streams, params object[] values)
    {
        using var connection = _source.OpenConnection();
        using var batch = new NpgsqlBatch(connection);
        // Compiling such a query takes longer than running it.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT set_config('jit', 'off', true)"));
        var command = new NpgsqlBatchCommand(statement);
        foreach (var value in values.Prepend(streams))
        {
            _ = command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        batch.BatchCommands.Add(command);
        using var reader = batch.ExecuteReader();
        _ = reader.NextResult();
        while (reader.Read())
        {
            yield return read(reader);
        }
    }
}
