namespace GaleraGate.Domain.Events;

/// <summary>An event with what links and orders it. The journal adds the hash chain around it.</summary>
/// <param name="Seq">Its number in this node's journal, from 1, without gaps.</param>
/// <param name="At">When it happened.</param>
/// <param name="Node">The node whose gate it is about.</param>
/// <param name="Event">What happened.</param>
/// <param name="Cause">The seq of the event that led to it; null for one that came from outside.</param>
/// <param name="View">The node's view then (wsrep_cluster_conf_id); null while it had none.</param>
/// <param name="Committed">The node's last committed seqno then; null while it was not known.</param>
public sealed record Envelope(
    long Seq, Instant At, string Node, AuditEvent Event, long? Cause, ulong? View, ulong? Committed)
{
    /// <summary>
    /// Why it is not to be believed: its line is not as it was written. Null when nothing is wrong with it.
    /// </summary>
    public string? Doubt { get; init; }

    /// <summary>
    /// It stands in no journal: the record ends before it, and that nothing follows shows that it happened.
    /// </summary>
    public bool IsInferred { get; init; }

    public string Type => EventNames.Name(Event);
}
