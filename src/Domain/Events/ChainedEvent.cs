namespace GaleraGate.Domain.Events;

/// <summary>An event as a journal holds it, with its place in the chain.</summary>
/// <param name="Prev">The hash of the event before.</param>
/// <param name="Hash">Its own.</param>
public sealed record ChainedEvent(Envelope Envelope, string Prev, string Hash)
{
    /// <summary>What stands where there is no hash: before the first event, and for one that was lost.</summary>
    public const string NoHash = "0000000000000000000000000000000000000000000000000000000000000000";
}
