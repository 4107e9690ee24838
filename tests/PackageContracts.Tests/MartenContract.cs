using GaleraGate.Lab;
using JasperFx;
using JasperFx.Events;
using Marten;
using Npgsql;
using ExistingStreamIdCollisionException = Marten.Exceptions.ExistingStreamIdCollisionException;

namespace GaleraGate.PackageContracts.Tests;

/// <summary>
/// What Marten rejects when a version does not match. This guarantees that each event is in the archive once, whatever
/// crashes.
/// </summary>
public sealed class MartenContract : IDisposable
{
    private sealed record Closed(string Why);

    private readonly PostgresServer _server = PostgresServer.Begin();
    private readonly NpgsqlDataSource _source;
    private readonly DocumentStore _store;

    public MartenContract()
    {
        _source = NpgsqlDataSource.Create(_server.Connection);
        _store = DocumentStore.For(options =>
        {
            options.Connection(_source);
            options.DatabaseSchemaName = "audit";
            options.AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate;
            options.UseSystemTextJsonForSerialization();
            options.Events.StreamIdentity = StreamIdentity.AsString;
        });
    }

    public void Dispose()
    {
        _store.Dispose();
        _source.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task An_existing_stream_cannot_be_started_or_appended_at_a_wrong_version()
    {
        await SaveAsync(session => session.Events.StartStream("a", new Closed("1"), new Closed("2")));

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(
            () => SaveAsync(session => session.Events.StartStream("a", new Closed("x"))));
        foreach (var expected in new[] { 2L, 4L })
        {
            await Assert.ThrowsAsync<EventStreamUnexpectedMaxEventIdException>(
                () => SaveAsync(session => session.Events.Append("a", expected, new object[] { new Closed("x") })));
        }

        Assert.Equal(
            "a|2|2",
            _server
                .Sql(
                    "SELECT id, version, (SELECT count(*) FROM audit.mt_events WHERE stream_id = 'a') FROM "
                    + "audit.mt_streams WHERE id = 'a'")
                .Trim());
    }

    [Fact]
    public async Task Events_saved_together_are_stored_all_or_not_at_all()
    {
        await SaveAsync(session => session.Events.StartStream("b", new Closed("1")));

        await Assert.ThrowsAsync<ExistingStreamIdCollisionException>(() => SaveAsync(session =>
        {
            _ = session.Events.StartStream("a", new Closed("1"));
            _ = session.Events.StartStream("b", new Closed("1"));
        }));

        // Marten keeps a separate stream for failures.
        Assert.Equal("b", _server.Sql("SELECT id FROM audit.mt_streams WHERE id <> 'mt_tombstone'").Trim());
    }

    private async Task SaveAsync(Action<IDocumentSession> act)
    {
        await using var session = _store.LightweightSession();
        act(session);
        await session.SaveChangesAsync();
    }
}
