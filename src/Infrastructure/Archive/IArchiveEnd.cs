using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>The end of a node's stream in the archive, where a shipper appends.</summary>
public interface IArchiveEnd
{
    /// <summary>Why the read models are not updated at present; null while they are.</summary>
    string? ReadModelTrouble { get; }

    /// <summary>The seq of the last stored event; 0 for none.</summary>
    Task<long> VersionAsync(string stream, CancellationToken cancellationToken);

    /// <summary>Appends events that follow the last stored one, all or none.</summary>
    Task AppendAsync(string stream, IReadOnlyList<ChainedEvent> events, CancellationToken cancellationToken);
}
