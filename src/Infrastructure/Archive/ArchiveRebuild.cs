using System.Diagnostics.CodeAnalysis;
using GaleraGate.Domain.Events;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>Rebuilds the read models of a stream from its events.</summary>
[SuppressMessage(
    "Security", "CA2100", Justification = "the schema's name is checked where it comes in, values are parameters")]
public sealed class ArchiveRebuild(NpgsqlDataSource source, string schema)
{
    private const int Page = 10_000;

    private readonly ReadModelTables _tables = new(schema);

    /// <summary>
    /// Rebuilds them in one transaction, so a reader sees either the old ones or the new ones. A shipper of that stream
    /// waits until it is done. Rows derived from events that no longer exist stay.
    /// </summary>
    /// <param name="progress">Called after each page with the number of events folded.</param>
    /// <returns>How many events were folded.</returns>
    public async Task<long> RebuildAsync(string stream, Action<long> progress, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync($"SELECT version FROM {schema}.mt_streams WHERE id = $1 FOR UPDATE", stream);
        var (fold, folded) = (new StreamFold(), 0L);
        while (true)
        {
            var page = await ReadAsync(fold.Version);
            if (page.Count > 0 && folded == 0)
            {
                foreach (var table in new[] { _tables.Closures, _tables.Snapshots })
                {
                    await RunAsync($"DELETE FROM {table} WHERE stream_id = $1 AND version >= $2", stream, page[0].Seq);
                }
            }

            await WriteAsync(page.Select(fold.Take).OfType<Snapshot>().ToList());
            folded += page.Count;
            progress(folded);
            if (page.Count < Page)
            {
                await transaction.CommitAsync(cancellationToken);
                return folded;
            }
        }

        async Task<List<Envelope>> ReadAsync(long after)
        {
            await using var command = new NpgsqlCommand(
                $"SELECT {ArchiveRow.Columns} FROM {schema}.mt_events e WHERE stream_id = $1 AND version > $2 "
                + $"ORDER BY version LIMIT {Page}",
                connection,
                transaction);
            _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
            _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var read = new List<Envelope>();
            while (await reader.ReadAsync(cancellationToken))
            {
                read.Add(ArchiveRow.Read(reader).Event().Envelope);
            }

            return read;
        }

        async Task WriteAsync(List<Snapshot> snapshots)
        {
            if (snapshots.Count == 0)
            {
                return;
            }

            await using var batch = new NpgsqlBatch(connection, transaction);
            foreach (var (statement, values) in snapshots.SelectMany(snapshot => _tables.Rows(stream, snapshot)))
            {
                var command = new NpgsqlBatchCommand(ReadModelTables.Numbered(statement));
                foreach (var value in values)
                {
                    _ = command.Parameters.Add(new NpgsqlParameter { Value = value });
                }

                batch.BatchCommands.Add(command);
            }

            _ = await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        async Task RunAsync(string statement, params object[] values)
        {
            await using var command = new NpgsqlCommand(statement, connection, transaction);
            foreach (var value in values)
            {
                _ = command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            _ = await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
