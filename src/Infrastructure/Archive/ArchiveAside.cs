using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>
/// Sets aside events that the archive has but the node's journal lost, so that shipping can continue after the last
/// event that both have. Nothing is deleted or changed: the events move to a stream of their own, with their seqs and
/// hashes.
/// </summary>
[SuppressMessage("Security", "CA2100",
    Justification = "the schema's name is checked where it comes in, values are parameters")]
public sealed class ArchiveAside(NpgsqlDataSource source, string schema)
{
    private const string Prefix = "aside/";

    /// <summary>
    /// Moves all events of a stream after a seq, in one transaction, deletes what was derived from them, and returns
    /// the stream that they are in now.
    /// </summary>
    /// <param name="after">The last seq that stays; 0 for none.</param>
    /// <param name="last">The last seq when the operator decided to do this.</param>
    /// <exception cref="FormatException">Events arrived in the meantime.</exception>
    public async Task<string> MoveAsync(string stream, long after, long last, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var moment = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss.fff'Z'", CultureInfo.InvariantCulture);
        var aside = $"{PrefixOf(stream)}{after + 1}-{last}/{moment}";
        var tables = new ReadModelTables(schema);
        string[] models =
            await tables.ExistAsync(source, cancellationToken) ? [tables.Closures, tables.Snapshots] : [];
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Every append needs this row, so appends wait here.
        await using var locking = new NpgsqlCommand(
            $"SELECT version FROM {schema}.mt_streams WHERE id = $1 FOR UPDATE", connection);
        _ = locking.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        if (await locking.ExecuteScalarAsync(cancellationToken) is not long version || version != last)
        {
            throw new FormatException(
                $"new events of {stream} arrived meanwhile: is another node shipping under its name?");
        }

        await RunAsync($"""
            INSERT INTO {schema}.mt_streams (id, type, version, timestamp, created, tenant_id)
            SELECT $3, type, version, timestamp, created, tenant_id FROM {schema}.mt_streams WHERE id = $1
            """);
        await RunAsync($"UPDATE {schema}.mt_events SET stream_id = $3 WHERE stream_id = $1 AND version > $2");
        // An empty stream starts at #1 again.
        await RunAsync(after > 0
            ? $"UPDATE {schema}.mt_streams SET version = $2 WHERE id = $1"
            : $"DELETE FROM {schema}.mt_streams WHERE id = $1");
        foreach (var table in models)
        {
            await RunAsync($"DELETE FROM {table} WHERE stream_id = $1 AND version > $2 AND $3 <> ''");
        }

        await transaction.CommitAsync(cancellationToken);
        return aside;

        async Task RunAsync(string statement)
        {
            await using var command = new NpgsqlCommand(statement, connection, transaction);
            _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
            _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
            _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = aside });
            _ = await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>True if the stream was set aside from this node's stream.</summary>
    public static bool IsOf(string aside, string stream) =>
        aside.StartsWith(PrefixOf(stream), StringComparison.Ordinal);

    /// <summary>
    /// All streams that were ever set aside, by name. The name holds the node, the first and last seq, and the time.
    /// </summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            $"SELECT id FROM {schema}.mt_streams WHERE id LIKE '{Prefix}%' ORDER BY id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var streams = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            streams.Add(reader.GetString(0));
        }

        return streams;
    }

    private static string PrefixOf(string stream) =>
        $"{Prefix}{stream[(stream.IndexOf('/', StringComparison.Ordinal) + 1)..]}/";
}
