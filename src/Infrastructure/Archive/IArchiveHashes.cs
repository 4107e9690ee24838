namespace GaleraGate.Infrastructure.Archive;

/// <summary>The hashes of stored events, to compare the archive with a journal.</summary>
public interface IArchiveHashes
{
    /// <summary>The hash of an event as it was shipped; null if the event is not there.</summary>
    Task<string?> HashAsync(string stream, long version, CancellationToken cancellationToken);
}
