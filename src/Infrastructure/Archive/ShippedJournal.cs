using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>The shipper's access to the journal that it ships: reads, and reports to record.</summary>
public sealed record ShippedJournal
{
    /// <summary>The first seq that the journal holds.</summary>
    public required Func<long> FirstSeq { get; init; }

    /// <summary>The last seq that is on disk.</summary>
    public required Func<long> LastSeq { get; init; }

    /// <summary>The hash of an event; null if the journal no longer holds it, or not yet.</summary>
    public required Func<long, string?> HashAt { get; init; }

    /// <summary>
    /// The events from a seq on, each as soon as it is on disk, in batches of at most
    /// <see cref="ArchiveShipper.MaxBatch"/>. Damaged events are left out.
    /// </summary>
    public required Func<long, CancellationToken, IAsyncEnumerable<IReadOnlyList<ChainedEvent>>> Follow { get; init; }

    /// <summary>
    /// Called with the reason when nothing is shipped because the archive has events that are not from this journal.
    /// </summary>
    public required Func<string, Task> Refused { get; init; }

    /// <summary>Called for events that shipping could not store: the first, the last, and why.</summary>
    public required Func<long, long, string, Task> SetAside { get; init; }
}
