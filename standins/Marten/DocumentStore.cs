using Marten.Schema;

namespace Marten;

/// <summary>A store over one PostgreSQL database; made once and shared.</summary>
public sealed class DocumentStore : IDisposable
{
    private readonly StoreOptions _options;

    private DocumentStore(StoreOptions options)
    {
        _options = options;
        Storage = new MartenStorage(options);
    }

    /// <summary>Makes and migrates what the store needs in its database.</summary>
    public MartenStorage Storage { get; }

    public static DocumentStore For(Action<StoreOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new StoreOptions();
        configure(options);
        return new DocumentStore(options);
    }

    /// <summary>A unit of work without tracking of documents.</summary>
    public IDocumentSession LightweightSession() => new DocumentSession(_options, Storage);

    public void Dispose() => _options.DisposeOwned();
}
