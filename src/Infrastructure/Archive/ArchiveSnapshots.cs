using System.Diagnostics.CodeAnalysis;
using GaleraGate.Domain.Events;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>The snapshots of a stream, and the folds that continue from them.</summary>
[SuppressMessage(
    "Security", "CA2100", Justification = "the schema's name is checked where it comes in, values are parameters")]
internal sealed class ArchiveSnapshots(NpgsqlDataSource source, string schema)
{
    private readonly ReadModelTables _tables = new(schema);

    /// <summary>The last snapshot up to an event; null if none.</summary>
    public async Task<Snapshot?> LastAsync(string stream, long version, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand($"""
            SELECT version, at, carried, closures FROM {_tables.Snapshots}
            WHERE stream_id = $1 AND version <= $2 ORDER BY version DESC LIMIT 1
            """);
        _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new Snapshot(
                reader.GetInt64(0),
                await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellationToken),
                ReadModelTables.EndOf(reader.GetString(3)),
                await reader.GetFieldValueAsync<long[]>(2, cancellationToken),
                [])
            : null;
    }

    /// <summary>The fold of a stream up to an event, and the snapshots that were due on the way.</summary>
    /// <param name="begin">A snapshot of the stream; null to start with its first event.</param>
    public async Task<(StreamFold Fold, IReadOnlyList<Snapshot> Due)> FoldAsync(
        string stream, Snapshot? begin, long version, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand($"""
            SELECT {ArchiveRow.Columns} FROM {schema}.mt_events e WHERE stream_id = $1 AND version = ANY ($2)
            UNION ALL
            SELECT {ArchiveRow.Columns} FROM {schema}.mt_events e
            WHERE stream_id = $1 AND version > $3 AND version <= $4 ORDER BY version
            """);
        _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        _ = command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. begin?.Carried ?? []] });
        _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = begin?.Version ?? 0 });
        _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (carried, due, fold) = (new List<Envelope>(), new List<Snapshot>(), (StreamFold?)null);
        while (await reader.ReadAsync(cancellationToken))
        {
            var envelope = ArchiveRow.Read(reader).Event().Envelope;
            if (envelope.Seq <= begin?.Version)
            {
                carried.Add(envelope);
                continue;
            }

            fold ??= Begun();
            due.AddRange(fold.Take(envelope) is { } snapshot ? [snapshot] : []);
        }

        return (fold ?? Begun(), due);

        StreamFold Begun() => new(begin?.Version ?? 0, begin?.End, carried);
    }
}
