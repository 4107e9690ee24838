namespace GaleraGate.Domain.Events;

/// <summary>An event as a journal holds it, with its place in the chain.</summary>
/// <param name="Prev">The hash of the event before.</param>
/// <param name="Hash">Its own.</param>
public sealed record ChainedEvent(Envelope Envelope, string Prev, string Hash)
{
    /// <summary>
    /// Its line in the journal to the byte, without the line feed, when it does not follow from the rest: another
    /// version may have written it. Null when it does.
    /// </summary>
    public ReadOnlyMemory<byte>? Line { get; init; }

    /// <summary>What stands where there is no hash: before the first event, and for one that was lost.</summary>
    public const string NoHash = "0000000000000000000000000000000000000000000000000000000000000000";
}
