using Marten.Events;
using Marten.Schema;

namespace Marten;

/// <summary>Collects what is to be stored and stores all of it or nothing.</summary>
public interface IDocumentSession : IAsyncDisposable, IDisposable
{
    EventStore Events { get; }

    /// <exception cref="JasperFx.Events.EventStreamUnexpectedMaxEventIdException">A stream is not at the version expected.</exception>
    /// <exception cref="Exceptions.ExistingStreamIdCollisionException">A stream to be started is there.</exception>
    Task SaveChangesAsync(CancellationToken token = default);
}

internal sealed class DocumentSession : IDocumentSession
{
    private readonly StoreOptions _options;
    private readonly MartenStorage _storage;

    internal DocumentSession(StoreOptions options, MartenStorage storage)
    {
        (_options, _storage) = (options, storage);
        Events = new EventStore(options, storage);
    }

    public EventStore Events { get; }

    public async Task SaveChangesAsync(CancellationToken token = default)
    {
        await _storage.EnsureAsync();
        await using var connection = await _options.Source.OpenConnectionAsync(token);
        await using var transaction = await connection.BeginTransactionAsync(token);
        await Events.SaveAsync(connection, token);
        await transaction.CommitAsync(token);
        Events.Forget();
    }

    public void Dispose()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
