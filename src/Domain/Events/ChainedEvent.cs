namespace GaleraGate.Domain.Events;

/// <summary>An event as a journal holds it, with its place in the hash chain.</summary>
/// <param name="Prev">The hash of the event before.</param>
/// <param name="Hash">Its own hash.</param>
public sealed record ChainedEvent(Envelope Envelope, string Prev, string Hash)
{
    /// <summary>
    /// The exact bytes of its line in the journal, without the line feed, if they cannot be rebuilt from the other
    /// fields: another version may have written the line. Null if they can.
    /// </summary>
    public ReadOnlyMemory<byte>? Line { get; init; }

    /// <summary>The placeholder when there is no hash: before the first event, and for a lost one.</summary>
    public const string NoHash = "0000000000000000000000000000000000000000000000000000000000000000";
}
