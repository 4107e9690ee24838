namespace GaleraGate.Domain.Events;

/// <summary>
/// An event with its number, time, cause and place in Galera's order. The journal adds the hash chain.
/// </summary>
/// <param name="Seq">Its number in this node's journal, from 1, without gaps.</param>
/// <param name="At">When it happened.</param>
/// <param name="Node">The node whose gate it is about.</param>
/// <param name="Event">What happened.</param>
/// <param name="Cause">The seq of the event that caused it; null if the cause came from outside.</param>
/// <param name="View">The node's view at that time (wsrep_cluster_conf_id); null if it had none.</param>
/// <param name="Committed">The node's last committed seqno at that time; null if unknown.</param>
public sealed record Envelope(
    long Seq, Instant At, string Node, AuditEvent Event, long? Cause, ulong? View, ulong? Committed)
{
    /// <summary>
    /// Why it cannot be trusted: its line was modified after it was written. Null if the line is intact.
    /// </summary>
    public string? Doubt { get; init; }

    /// <summary>It is in no journal. It was inferred, because the record ends before it and nothing follows.</summary>
    public bool IsInferred { get; init; }

    public string Type => EventNames.Name(Event);
}
