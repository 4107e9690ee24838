using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>Where events become durable.</summary>
public interface IJournal
{
    /// <summary>Queues events to be written; never waits.</summary>
    void Append(IReadOnlyList<Envelope> events);

    /// <summary>Writes queued events until the journal is ended and all are on disk, or cannot be written.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Announces that no more events follow.</summary>
    void End();
}
