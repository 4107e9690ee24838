using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>Where events become durable.</summary>
public interface IJournal
{
    /// <summary>Takes events to be written; never waits.</summary>
    void Append(IReadOnlyList<Envelope> events);

    /// <summary>Writes what is appended until the journal is ended and everything is on disk, or cannot be.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>No more events come.</summary>
    void End();
}
