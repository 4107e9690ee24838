namespace GaleraGate.Domain.Events;

/// <summary>
/// A daemon took the gate over. The gate is closed until a redirect is adopted or the node has proved fit.
/// </summary>
/// <param name="Version">the program's version</param>
/// <param name="Policy">the policy in force, as options and their values</param>
/// <param name="OpenAfter">how long the node must be fit before the gate opens: the value that the last close left, or
/// the base after a reboot</param>
/// <param name="Lease">how long the redirect works without a refresh; missing if there is no lease</param>
/// <param name="DiskProbe">true if the data disk is probed: until its first answer it counts as unhealthy; else
/// missing</param>
/// <param name="Refreshed">when the previous daemon last refreshed its lease (at, mono, boot); after a reboot the time
/// of its last event, because nothing else survives a reboot; missing if it left no open gate, or if the time is
/// unknown</param>
public sealed record DaemonStarted(
    string Version,
    IReadOnlyDictionary<string, string> Policy,
    TimeSpan OpenAfter,
    TimeSpan? Lease = null,
    bool? DiskProbe = null,
    Instant? Refreshed = null) : AuditEvent;

/// <summary>
/// The daemon itself stalled: it was stopped, starved or swapped out, or its host was suspended. The probe that was
/// running is not counted, and the count of fit observations restarts.
/// </summary>
/// <param name="Lasted">for how long</param>
public sealed record LoopStalled(TimeSpan Lasted) : AuditEvent;

/// <summary>The configuration was reloaded and the policy has changed.</summary>
/// <param name="Changes">each option that changed, with its new value</param>
public sealed record PolicyChanged(IReadOnlyDictionary<string, string> Changes) : AuditEvent;

/// <summary>A daemon shut down in order.</summary>
/// <param name="Why">what ended it, such as SIGTERM</param>
/// <param name="Checkpoint">the daemon's own durable state; folding the journal up to here must give the same</param>
public sealed record DaemonStopped(string Why, Checkpoint Checkpoint) : AuditEvent;

/// <summary>
/// Events are lost. Either the disk could not be written for so long that not all events could be kept (then one
/// AuditGap replaces each lost event, so that no seq is missing), or they were deleted before the archive had them, or
/// the archive lacks them because they are damaged or PostgreSQL refuses them.
/// </summary>
/// <param name="First">the first seq that is lost</param>
/// <param name="Last">the last</param>
/// <param name="Why">why</param>
public sealed record AuditGap(long First, long Last, string Why) : AuditEvent;

/// <summary>The archive has events under this node's name that are not from this journal. Nothing is shipped.</summary>
/// <param name="Why">where the two differ</param>
public sealed record ArchiveRefused(string Why) : AuditEvent;

/// <summary>A summary of the durable state.</summary>
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
/// The journal ended in the middle of an event, as after a crash. Everything after the last whole event was cut off.
/// </summary>
/// <param name="Segment">the segment's file</param>
/// <param name="BytesCut">how many bytes were cut off</param>
/// <param name="Sha256">the hash of what was cut off</param>
public sealed record JournalRepaired(string Segment, long BytesCut, string Sha256) : AuditEvent;
