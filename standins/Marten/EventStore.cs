using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using JasperFx.Events;
using Marten.Exceptions;
using Marten.Schema;
using Npgsql;
using NpgsqlTypes;

namespace Marten.Events;

/// <summary>How far a stream is.</summary>
public sealed class StreamState
{
    internal StreamState(string key, long version) => (Key, Version) = (key, version);

    public string Key { get; }

    public long Version { get; }
}

/// <summary>What a session will do to a stream.</summary>
public sealed class StreamAction
{
    internal StreamAction(string key, IReadOnlyList<IEvent> events) => (Key, Events) = (key, events);

    public string? Key { get; }

    public IReadOnlyList<IEvent> Events { get; }
}

/// <summary>The events of one session.</summary>
[SuppressMessage("Security", "CA2100", Justification = "the schema's name is quoted, values are parameters")]
public sealed class EventStore
{
    private sealed record Addition(string Stream, long? Expected, List<IEvent> Events);

    private readonly StoreOptions _options;
    private readonly MartenStorage _storage;
    private readonly string _schema;
    private readonly List<Addition> _additions = [];

    internal EventStore(StoreOptions options, MartenStorage storage) => (_options, _storage, _schema) = (options, storage, MartenStorage.Quote(options.Schema));

    /// <summary>Begins a stream that must not be there yet.</summary>
    public StreamAction StartStream(string streamKey, params object[] events) => Add(streamKey, null, events);

    /// <summary>Appends to a stream.</summary>
    /// <param name="expectedVersion">The stream's version behind the append.</param>
    public StreamAction Append(string stream, long expectedVersion, IEnumerable<object> events) => Add(stream, expectedVersion, events);

    /// <summary>How far a stream is; null where there is none of that name.</summary>
    public async Task<StreamState?> FetchStreamStateAsync(string streamKey, CancellationToken token = default)
    {
        await _storage.EnsureAsync();
        await using var command = _options.Source.CreateCommand($"SELECT version FROM {_schema}.mt_streams WHERE id = $1");
        _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = streamKey });
        return await command.ExecuteScalarAsync(token) is long version ? new StreamState(streamKey, version) : null;
    }

    internal void Forget() => _additions.Clear();

    internal async Task SaveAsync(NpgsqlConnection connection, CancellationToken token)
    {
        foreach (var addition in _additions)
        {
            await MoveStreamAsync(connection, addition, token);
            await InsertAsync(connection, addition, token);
        }
    }

    private StreamAction Add(string stream, long? expected, IEnumerable<object> events)
    {
        var addition = new Addition(stream, expected, [.. events.Select(one => new Event(one))]);
        _additions.Add(addition);
        return new StreamAction(stream, addition.Events);
    }

    private async Task MoveStreamAsync(NpgsqlConnection connection, Addition addition, CancellationToken token)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = addition.Expected is null
            ? $"INSERT INTO {_schema}.mt_streams (id, version) VALUES ($1, $2)"
            : $"UPDATE {_schema}.mt_streams SET version = $2, timestamp = now() WHERE id = $1 AND version = $2 - $3";
        var version = addition.Expected ?? addition.Events.Count;
        _ = command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = addition.Stream });
        _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = version });
        if (addition.Expected is not null)
        {
            _ = command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = addition.Events.Count });
        }

        try
        {
            if (await command.ExecuteNonQueryAsync(token) == 0)
            {
                throw new EventStreamUnexpectedMaxEventIdException($"stream {addition.Stream} is not at version {version - addition.Events.Count}");
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new ExistingStreamIdCollisionException($"stream {addition.Stream} is there already", e);
        }
    }

    private async Task InsertAsync(NpgsqlConnection connection, Addition addition, CancellationToken token)
    {
        var first = (addition.Expected ?? addition.Events.Count) - addition.Events.Count + 1;
        var headers = _options.Events.MetadataConfig.HeadersEnabled;
        var now = DateTimeOffset.UtcNow;
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            INSERT INTO {_schema}.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type{(headers ? ", headers" : "")})
            SELECT nextval('{_schema}.mt_events_sequence'), e.id, $1, e.version, e.data, e.type, e.timestamp, e.dotnet{(headers ? ", e.headers" : "")}
            FROM (SELECT * FROM unnest($2, $3, $4, $5, $6, $7, $8) AS u (id, version, data, type, timestamp, dotnet, headers) ORDER BY version) e
            """;
        Parameter(addition.Stream, NpgsqlDbType.Varchar);
        Parameter(addition.Events.Select(one => one.Id).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid);
        Parameter(addition.Events.Select((_, i) => first + i).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        Parameter(addition.Events.Select(one => Json(one.Data)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb);
        Parameter(addition.Events.Select(one => _options.Events.NameOf(one.Data.GetType())).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Varchar);
        Parameter(addition.Events.Select(one => (one.Timestamp == default ? now : one.Timestamp).ToUniversalTime()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);
        Parameter(addition.Events.Select(one => $"{one.Data.GetType().FullName}, {one.Data.GetType().Assembly.GetName().Name}").ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Varchar);
        Parameter(addition.Events.Select(one => one.Headers is null ? null : Json(one.Headers)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Jsonb);
        _ = await command.ExecuteNonQueryAsync(token);

        void Parameter(object value, NpgsqlDbType type) => command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
    }

    private string Json(object data) => JsonSerializer.Serialize(data, data.GetType(), _options.Json);
}
