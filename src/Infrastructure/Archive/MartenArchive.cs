using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;
using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using Marten;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>
/// The journals of a fleet in PostgreSQL, through Marten: one stream for each node, stream version = the journal's seq.
/// An append names the version it ends at, so after any crash each event is stored exactly once. The body is the
/// event's data as in the journal; the other fields go into the headers.
/// </summary>
public sealed class MartenArchive : IArchiveEnd, IDisposable
{
    /// <summary>The default schema.</summary>
    public const string DefaultSchema = "galeragate";

    private readonly NpgsqlDataSource _source;
    private readonly string _schema;
    private readonly DocumentStore _store;
    private readonly ReadModelProjection _models;

    /// <param name="source">The database; the caller disposes of it.</param>
    /// <param name="schema">Lower case letters, digits and underscores.</param>
    /// <param name="time">The system's time if null.</param>
    public MartenArchive(NpgsqlDataSource source, string schema, TimeProvider? time = null)
    {
        (_source, _schema) = (source, schema);
        _models = new ReadModelProjection(source, schema, time ?? TimeProvider.System);
        _store = DocumentStore.For(options =>
        {
            options.Connection(source);
            options.DatabaseSchemaName = schema;
            // A daemon has neither the right nor a reason to create tables; InitializeAsync does that.
            options.AutoCreateSchemaObjects = AutoCreate.None;
            options.UseSystemTextJsonForSerialization(configure: EventCodec.Configure);
            options.Events.StreamIdentity = StreamIdentity.AsString;
            options.Events.MetadataConfig.HeadersEnabled = true;
            var mapping = new Mapping(options);
            foreach (var row in EventTable.Rows)
            {
                row.Accept(mapping);
            }

            options.Events.MapEventType<UnknownEvent>(nameof(UnknownEvent));
            options.Projections.Add(_models, ProjectionLifecycle.Inline);
        });
    }

    /// <summary>Why the read models are not updated at present; null while they are.</summary>
    public string? ReadModelTrouble => _models.Trouble;

    /// <summary>The stream of a node.</summary>
    public static string StreamOf(string cluster, string node) => $"node/{cluster}/{node}";

    /// <summary>Creates the schema, or upgrades it; existing data stays.</summary>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        await _store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        foreach (var statement in new ReadModelTables(_schema).Create)
        {
            await using var command = _source.CreateCommand(statement);
            _ = await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>The seq of the last stored event; 0 for none.</summary>
    public async Task<long> VersionAsync(string stream, CancellationToken cancellationToken)
    {
        await using var session = _store.LightweightSession();
        return (await session.Events.FetchStreamStateAsync(stream, cancellationToken))?.Version ?? 0;
    }

    /// <summary>Appends events that follow the last stored one, all or none.</summary>
    /// <exception cref="EventStreamUnexpectedMaxEventIdException">They do not follow it.</exception>
    /// <exception cref="Marten.Exceptions.ExistingStreamIdCollisionException">They start a stream that already
    /// exists.</exception>
    public async Task AppendAsync(
        string stream, IReadOnlyList<ChainedEvent> events, CancellationToken cancellationToken)
    {
        try
        {
            await TryAppendAsync(stream, events, cancellationToken);
        }
        catch (Exception e) when (_models.HasQueued && ArchiveFailure.IsOfStatement(e))
        {
            // The archive is of an older version, or the shipper lacks a right. Store the events without read models.
            _models.Fail(ArchiveFailure.Words(e));
            await TryAppendAsync(stream, events, cancellationToken);
        }
    }

    private async Task TryAppendAsync(
        string stream, IReadOnlyList<ChainedEvent> events, CancellationToken cancellationToken)
    {
        await using var session = _store.LightweightSession();
        var data = events.Select(one => (object)one.Envelope.Event).ToArray();
        var appended = events[0].Envelope.Seq == 1
            ? session.Events.StartStream(stream, data)
            : session.Events.Append(stream, events[^1].Envelope.Seq, data.AsEnumerable());
        foreach (var (wrapper, chained) in appended.Events.Zip(events))
        {
            (wrapper.Version, wrapper.Timestamp) = (chained.Envelope.Seq, chained.Envelope.At.Utc);
            foreach (var (name, value) in ArchiveHeaders.Of(chained))
            {
                wrapper.SetHeader(name, value);
            }
        }

        await session.SaveChangesAsync(cancellationToken);
    }

    public void Dispose() => _store.Dispose();

    private sealed class Mapping(StoreOptions options) : EventRow.IVisitor
    {
        public void Visit<T>(string name)
            where T : AuditEvent => options.Events.MapEventType<T>(name);
    }
}
