using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>What the shipper needs of the journal that it ships, and what it reports there.</summary>
public sealed record ShippedJournal
{
    /// <summary>The first seq that the journal holds.</summary>
    public required Func<long> FirstSeq { get; init; }

    /// <summary>The last seq that is on disk.</summary>
    public required Func<long> LastSeq { get; init; }

    /// <summary>The hash of an event; null if the journal does not hold it any more, or not yet.</summary>
    public required Func<long, string?> HashAt { get; init; }

    /// <summary>
    /// The events from a seq on, each as soon as it is on disk: what is there at once, at most
    /// <see cref="ArchiveShipper.MaxBatch"/>. A damaged one is not among them.
    /// </summary>
    public required Func<long, CancellationToken, IAsyncEnumerable<IReadOnlyList<ChainedEvent>>> Follow { get; init; }

    /// <summary>Told why nothing is shipped, if the archive has what is not this journal's.</summary>
    public required Func<string, Task> Refused { get; init; }

    /// <summary>
    /// Told of events that the archive does not have in spite of shipping: the first, the last, and why.
    /// </summary>
    public required Func<long, long, string, Task> SetAside { get; init; }
}
