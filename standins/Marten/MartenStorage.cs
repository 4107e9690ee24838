using System.Diagnostics.CodeAnalysis;
using JasperFx;

namespace Marten.Schema;

/// <summary>The store's tables, as Marten makes them.</summary>
public sealed class MartenStorage
{
    private readonly StoreOptions _options;
    private volatile bool _isMade;

    internal MartenStorage(StoreOptions options) => _options = options;

    /// <summary>Makes what is missing; what is there stays.</summary>
    [SuppressMessage("Security", "CA2100", Justification = "the schema's name is quoted")]
    public async Task ApplyAllConfiguredChangesToDatabaseAsync()
    {
        await using var connection = await _options.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = Definition();
        _ = await command.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        _isMade = true;
    }

    internal async Task EnsureAsync()
    {
        if (_options.AutoCreateSchemaObjects != AutoCreate.None && !_isMade)
        {
            await ApplyAllConfiguredChangesToDatabaseAsync();
        }
    }

    private string Definition()
    {
        var schema = Quote(_options.Schema);
        return $"""
            SELECT pg_advisory_xact_lock(hashtext('marten ' || '{_options.Schema.Replace("'", "''", StringComparison.Ordinal)}'));
            CREATE SCHEMA IF NOT EXISTS {schema};
            CREATE SEQUENCE IF NOT EXISTS {schema}.mt_events_sequence;
            CREATE TABLE IF NOT EXISTS {schema}.mt_streams (
                id varchar NOT NULL PRIMARY KEY,
                type varchar NULL,
                version bigint NULL,
                timestamp timestamptz NOT NULL DEFAULT now(),
                created timestamptz NOT NULL DEFAULT now(),
                tenant_id varchar DEFAULT '*DEFAULT*',
                is_archived boolean DEFAULT false);
            CREATE TABLE IF NOT EXISTS {schema}.mt_events (
                seq_id bigint NOT NULL PRIMARY KEY,
                id uuid NOT NULL,
                stream_id varchar NULL REFERENCES {schema}.mt_streams (id) ON DELETE CASCADE,
                version bigint NOT NULL,
                data jsonb NOT NULL,
                bdata bytea NULL,
                type varchar(500) NOT NULL,
                timestamp timestamptz NOT NULL DEFAULT now(),
                tenant_id varchar DEFAULT '*DEFAULT*',
                mt_dotnet_type varchar NULL,
                {(_options.Events.MetadataConfig.HeadersEnabled ? "headers jsonb NULL," : "")}
                is_archived boolean DEFAULT false);
            CREATE UNIQUE INDEX IF NOT EXISTS pk_mt_events_stream_and_version ON {schema}.mt_events (stream_id, version);
            """;
    }

    internal static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
