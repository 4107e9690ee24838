namespace GaleraGate.Domain.Events;

/// <summary>
/// A daemon took the gate over. The gate is closed until a redirect is adopted or the node has shown itself fit.
/// </summary>
/// <param name="Version">the program's version</param>
/// <param name="Policy">the policy in force, as options and their values</param>
/// <param name="OpenAfter">
/// how long the node must be fit before the gate opens: what the last close left, or the base after a boot
/// </param>
/// <param name="Lease">how long the redirect works unrefreshed; missing if no lease is kept</param>
/// <param name="DiskProbe">
/// true when the data disk is probed: until its first answer it counts as not well; else missing
/// </param>
/// <param name="Refreshed">
/// when the daemon before refreshed its lease for the last time (at, mono, boot); after a boot its last event, because
/// nothing else outlives one; missing when it left no open gate, and when that is not known
/// </param>
public sealed record DaemonStarted(
    string Version,
    IReadOnlyDictionary<string, string> Policy,
    TimeSpan OpenAfter,
    TimeSpan? Lease = null,
    bool? DiskProbe = null,
    Instant? Refreshed = null) : AuditEvent;

/// <summary>
/// The daemon itself stood still: it was stopped, starved or swapped out, or its host was suspended. The probe that was
/// under way is not counted, and the count of fit observations begins again.
/// </summary>
/// <param name="Lasted">for how long</param>
public sealed record LoopStalled(TimeSpan Lasted) : AuditEvent;

/// <summary>The configuration was read again and the policy differs.</summary>
/// <param name="Changes">each option that differs, and its value from now on</param>
public sealed record PolicyChanged(IReadOnlyDictionary<string, string> Changes) : AuditEvent;

/// <summary>A daemon ended in order.</summary>
/// <param name="Why">what ended it, such as SIGTERM</param>
/// <param name="Checkpoint">the daemon's own durable state: folding the journal up to here must give the same</param>
public sealed record DaemonStopped(string Why, Checkpoint Checkpoint) : AuditEvent;

/// <summary>
/// Events are lost: because the disk could not be written for so long that not all could be kept (one of these in the place of
/// each, so that no seq is missing), or dropped before the archive had them; or the archive lacks them, because they
/// are damaged or PostgreSQL refuses them.
/// </summary>
/// <param name="First">the first seq that is lost</param>
/// <param name="Last">the last</param>
/// <param name="Why">why</param>
public sealed record AuditGap(long First, long Last, string Why) : AuditEvent;

/// <summary>
/// The archive has events under this node's name that are not this journal's: nothing is shipped.
/// </summary>
/// <param name="Why">where the two differ</param>
public sealed record ArchiveRefused(string Why) : AuditEvent;

/// <summary>The durable state in short.</summary>
public sealed record Checkpoint(
    long Seq,
    string Phase,
    string NodeState,
    string Verdict,
    string Holds,
    double Penalty,
    TimeSpan OpenAfter,
    long? Opened);

/// <summary>
/// The journal ended in the middle of an event, as after a crash; what followed the last whole event was cut off.
/// </summary>
/// <param name="Segment">the segment's file</param>
/// <param name="BytesCut">how many bytes were cut off</param>
/// <param name="Sha256">the hash of what was cut off</param>
public sealed record JournalRepaired(string Segment, long BytesCut, string Sha256) : AuditEvent;
