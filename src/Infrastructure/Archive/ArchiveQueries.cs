using System.Diagnostics.CodeAnalysis;
using GaleraGate.Domain.Events;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>A node's stream.</summary>
/// <param name="Events">How many events it has, which equals the seq of the last.</param>
/// <param name="Last">When the last of them happened.</param>
public sealed record ArchivedStream(string Cluster, string Node, long Events, DateTimeOffset? Last)
{
    public string Stream => MartenArchive.StreamOf(Cluster, Node);
}

/// <summary>Reads the archive; never writes. Memory does not grow with the number of events read.</summary>
[SuppressMessage(
    "Security", "CA2100", Justification = "the schema's name is checked where it comes in, values are parameters")]
public sealed class ArchiveQueries(NpgsqlDataSource source, string schema) : IArchiveHashes
{
    /// <summary>The number of events of one stream that are read at once, unless the caller asks for fewer.</summary>
    public const int DefaultPage = 1000;

    /// <summary>Every node's stream, by name; null if the archive's schema does not exist here.</summary>
    public async Task<IReadOnlyList<ArchivedStream>?> StreamsAsync(CancellationToken cancellationToken)
    {
        await using var exists = source.CreateCommand("SELECT to_regclass($1) IS NOT NULL");
        _ = exists.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{schema}.mt_events" });
        if (await exists.ExecuteScalarAsync(cancellationToken) is not true)
        {
            return null;
        }

        var streams = new List<ArchivedStream>();
        await using var command = source.CreateCommand($"""
            SELECT s.id, s.version,
                (SELECT e.timestamp FROM {schema}.mt_events e WHERE e.stream_id = s.id AND e.version = s.version)
            FROM {schema}.mt_streams s WHERE s.id LIKE 'node/%/%' ORDER BY s.id
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var parts = reader.GetString(0).Split('/', 3);
            streams.Add(new ArchivedStream(
                parts[1],
                parts[2],
                reader.GetInt64(1),
                await reader.GetFieldValueAsync<DateTimeOffset?>(2, cancellationToken)));
        }

        return streams;
    }

    /// <summary>The hash of an event as it was shipped; null if the event is not there.</summary>
    public async Task<string?> HashAsync(string stream, long version, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            $"SELECT headers ->> '{ArchiveHeaders.Hash}' FROM {schema}.mt_events WHERE stream_id = $1 AND version = $2"
        );
        _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    /// <summary>The newest events of one type in a stream, newest first.</summary>
    public async Task<IReadOnlyList<ChainedEvent>> NewestAsync(
        string stream, string type, int most, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand($"""
            SELECT {ArchiveRow.Columns} FROM {schema}.mt_events e
            WHERE stream_id = $1 AND type = $2 ORDER BY version DESC LIMIT {most}
            """);
        _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = type });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var read = new List<ChainedEvent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            read.Add(ArchiveRow.Read(reader).Event());
        }

        return read;
    }

    /// <summary>
    /// The events of a stream, oldest first, a page at a time. Between two pages it holds no connection, so very many
    /// streams can be read side by side.
    /// </summary>
    /// <param name="caused">Only events that name a cause.</param>
    public IEnumerable<ChainedEvent> Events(
        string stream,
        DateTimeOffset? since = null,
        DateTimeOffset? until = null,
        long after = 0,
        IReadOnlySet<string>? types = null,
        int page = DefaultPage,
        bool caused = false)
    {
        while (true)
        {
            var read = Page(stream, since, until, after, types, page, caused);
            foreach (var chained in read)
            {
                yield return chained;
            }

            if (read.Count < page)
            {
                yield break;
            }

            after = read[^1].Envelope.Seq;
        }
    }

    private List<ChainedEvent> Page(
        string stream, DateTimeOffset? since, DateTimeOffset? until, long after, IReadOnlySet<string>? types, int page,
        bool caused)
    {
        using var connection = source.OpenConnection();
        using var command = connection.CreateCommand();
        var wanted = new List<string> { "stream_id = $1", "version > $2" };
        _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream });
        _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        Want(since?.ToUniversalTime(), "timestamp >=");
        Want(until?.ToUniversalTime(), "timestamp <=");
        if (types is not null)
        {
            _ = command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. types] });
            wanted.Add(ArchiveRow.IsOfType($"ANY (${command.Parameters.Count})"));
        }

        wanted.AddRange(caused ? ["e.headers ->> 'cause' IS NOT NULL"] : []);
        command.CommandText =
            $"SELECT {ArchiveRow.Columns} FROM {schema}.mt_events e WHERE "
            + $"{string.Join(" AND ", wanted)} ORDER BY version LIMIT {page}";
        using var reader = command.ExecuteReader();
        var read = new List<ChainedEvent>();
        while (reader.Read())
        {
            read.Add(ArchiveRow.Read(reader).Event());
        }

        return read;

        void Want(DateTimeOffset? time, string comparison)
        {
            if (time is { } moment)
            {
                _ = command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = moment });
                wanted.Add($"{comparison} ${command.Parameters.Count}");
            }
        }
    }
}
