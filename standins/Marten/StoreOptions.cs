using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using JasperFx;
using Marten.Events;
using Npgsql;

namespace Marten;

/// <summary>What a store is made with.</summary>
public sealed class StoreOptions
{
    private NpgsqlDataSource? _source;
    private bool _isOwned;

    public string DatabaseSchemaName { get; set; } = "public";

    /// <summary>What a session may make of the schema before its first use.</summary>
    public AutoCreate AutoCreateSchemaObjects { get; set; } = AutoCreate.CreateOrUpdate;

    public EventStoreOptions Events { get; } = new();

    internal JsonSerializerOptions Json { get; private set; } = new();

    internal NpgsqlDataSource Source => _source ?? throw new InvalidOperationException("Connection was not called");

    internal string Schema => (Events.DatabaseSchemaName ?? DatabaseSchemaName).ToLowerInvariant();

    [SuppressMessage("Reliability", "CA2000", Justification = "disposed with the store")]
    public void Connection(string connectionString) => (_source, _isOwned) = (NpgsqlDataSource.Create(connectionString), true);

    public void Connection(NpgsqlDataSource dataSource) => (_source, _isOwned) = (dataSource, false);

    public void UseSystemTextJsonForSerialization(Action<JsonSerializerOptions>? configure = null)
    {
        Json = new JsonSerializerOptions();
        configure?.Invoke(Json);
    }

    internal void DisposeOwned()
    {
        if (_isOwned)
        {
            _source?.Dispose();
        }
    }
}
