using System.Text.Json;
using GaleraGate.Lab;
using JasperFx;
using JasperFx.Events;
using Marten;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;
using Npgsql;

namespace GaleraGate.PackageContracts.Tests;

/// <summary>What the archive relies on of Marten, through its public API and its tables, against a real PostgreSQL.</summary>
public sealed class MartenContract : IDisposable
{
    private sealed record Opened(string Why, int Number);

    private sealed record Closed(string Why);

    private readonly PostgresServer _server = PostgresServer.Begin();
    private readonly NpgsqlDataSource _source;

    public MartenContract() => _source = NpgsqlDataSource.Create(_server.Connection);

    public void Dispose()
    {
        _source.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task A_store_makes_its_schema_when_told_and_again_changes_nothing()
    {
        using var store = Store(AutoCreate.None);
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();

        var columns = _server.Sql("SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns WHERE table_schema = 'audit' AND table_name = 'mt_events'");
        Assert.All(["data", "headers", "id", "is_archived", "mt_dotnet_type", "seq_id", "stream_id", "tenant_id", "timestamp", "type", "version"], column => Assert.Contains(column, columns, StringComparison.Ordinal));
        Assert.Equal("0", _server.Sql("SELECT count(*) FROM audit.mt_streams").Trim());
    }

    [Fact]
    public async Task With_AutoCreate_None_nothing_is_made_and_otherwise_the_first_use_makes_it()
    {
        using (var store = Store(AutoCreate.None))
        {
            await using var session = store.LightweightSession();
            await Assert.ThrowsAnyAsync<Exception>(() => session.Events.FetchStreamStateAsync("a"));
        }

        Assert.Equal("f", _server.Sql("SELECT to_regclass('audit.mt_events') IS NOT NULL").Trim());
        using var maker = Store(AutoCreate.CreateOrUpdate);
        await using var made = maker.LightweightSession();
        Assert.Null(await made.Events.FetchStreamStateAsync("a"));
    }

    [Fact]
    public async Task Events_are_stored_in_order_under_their_names_with_time_and_headers_of_their_own()
    {
        using var store = Store(AutoCreate.CreateOrUpdate);
        var at = new DateTimeOffset(2020, 2, 29, 1, 2, 3, TimeSpan.Zero).AddMicroseconds(4);
        await using (var session = store.LightweightSession())
        {
            var first = session.Events.StartStream("node/a", new Opened("synced", 1), new Closed("held")).Events[0];
            first.Timestamp = at;
            first.SetHeader("hash", "abc");
            first.SetHeader("view", 7);
            await session.SaveChangesAsync();
        }

        await using (var session = store.LightweightSession())
        {
            _ = session.Events.Append("node/a", 3, new object[] { new Opened("again", 2) });
            await session.SaveChangesAsync();
            Assert.Equal(3, (await session.Events.FetchStreamStateAsync("node/a"))!.Version);
        }

        Assert.Equal(["1|GateOpened|synced", "2|closed|held", "3|GateOpened|again"], Rows("SELECT version, type, data ->> 'why' FROM audit.mt_events ORDER BY seq_id"));
        Assert.Equal(["2020-02-29 01:02:03.000004+00|abc|7|node/a|*DEFAULT*|f"], Rows("SELECT timestamp AT TIME ZONE 'UTC' || '+00', headers ->> 'hash', headers ->> 'view', stream_id, tenant_id, is_archived FROM audit.mt_events WHERE version = 1"));
    }

    [Fact]
    public async Task A_stream_that_is_there_cannot_be_started_and_one_elsewhere_than_expected_takes_nothing()
    {
        using var store = Store(AutoCreate.CreateOrUpdate);
        await SaveAsync(store, session => session.Events.StartStream("a", new Closed("1"), new Closed("2")));

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => SaveAsync(store, session => session.Events.StartStream("a", new Closed("x"))));
        foreach (var expected in new[] { 2L, 4L })
        {
            await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(() => SaveAsync(store, session => session.Events.Append("a", expected, new object[] { new Closed("x") })));
        }

        Assert.Equal(["a|2|2"], Rows("SELECT s.id, s.version, (SELECT count(*) FROM audit.mt_events) FROM audit.mt_streams s"));
    }

    [Fact]
    public async Task What_is_saved_together_is_there_together_or_not_at_all()
    {
        using var store = Store(AutoCreate.CreateOrUpdate);
        await SaveAsync(store, session => session.Events.StartStream("b", new Closed("1")));

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => SaveAsync(store, session =>
        {
            _ = session.Events.StartStream("a", new Closed("1"));
            _ = session.Events.StartStream("b", new Closed("1"));
        }));

        Assert.Equal(["b"], Rows("SELECT id FROM audit.mt_streams"));
    }

    private static async Task SaveAsync(DocumentStore store, Action<IDocumentSession> act)
    {
        await using var session = store.LightweightSession();
        act(session);
        await session.SaveChangesAsync();
    }

    private IEnumerable<string> Rows(string query) => _server.Sql(query).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private DocumentStore Store(AutoCreate create) => DocumentStore.For(options =>
    {
        options.Connection(_source);
        options.DatabaseSchemaName = "audit";
        options.AutoCreateSchemaObjects = create;
        options.UseSystemTextJsonForSerialization(configure: json => json.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.MetadataConfig.HeadersEnabled = true;
        options.Events.MapEventType<Opened>("GateOpened");
    });
}
