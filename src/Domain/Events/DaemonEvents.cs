namespace GaleraGate.Domain.Events;

/// <summary>A daemon took the gate over. The gate is closed until a redirect is adopted or the node has shown itself fit.</summary>
/// <param name="Version">The program's version.</param>
/// <param name="Policy">The policy in force, as options and their values.</param>
/// <param name="OpenAfter">How long the node must be fit before the gate opens: what the last close left, or the base after a boot.</param>
/// <param name="Lease">How long the redirect works unrefreshed; null where no lease is kept.</param>
/// <param name="DiskProbe">True when the data disk is probed: until its first answer it counts as not well. Else missing.</param>
/// <param name="Refreshed">When the daemon before refreshed its lease for the last time; after a boot its last event,
/// because nothing else outlives one. Missing when it left no open gate.</param>
public sealed record DaemonStarted(
    string Version,
    IReadOnlyDictionary<string, string> Policy,
    TimeSpan OpenAfter,
    TimeSpan? Lease = null,
    bool? DiskProbe = null,
    Instant? Refreshed = null) : AuditEvent;

/// <summary>
/// The daemon itself stood still: it was stopped, starved or swapped out, or its host was suspended. What it saw before
/// is not what is, and the count of fit observations begins anew.
/// </summary>
public sealed record LoopStalled(TimeSpan Lasted) : AuditEvent;

/// <summary>The policy in force changed while the daemon ran.</summary>
/// <param name="Changes">Each option that differs, and its value from now on.</param>
public sealed record PolicyChanged(IReadOnlyDictionary<string, string> Changes) : AuditEvent;

/// <summary>A daemon ended in order.</summary>
/// <param name="Why">What ended it, such as SIGTERM.</param>
/// <param name="Checkpoint">The daemon's own durable state: folding the journal up to here must give the same.</param>
public sealed record DaemonStopped(string Why, Checkpoint Checkpoint) : AuditEvent;

/// <summary>
/// Events that are lost. While the disk took nothing for so long that not all could be kept, each lost one has this in its place, so that no seq is
/// missing; where the journal grew past its limit before the archive had them, one event says which went.
/// </summary>
/// <param name="First">The first seq that is lost.</param>
/// <param name="Last">The last.</param>
public sealed record AuditGap(long First, long Last, string Why) : AuditEvent;

/// <summary>The archive has events of this node that are not this journal's: nothing is shipped.</summary>
public sealed record ArchiveRefused(string Why) : AuditEvent;

/// <summary>The durable state in short.</summary>
public sealed record Checkpoint(
    long Seq, string Phase, string NodeState, string Verdict, string Holds, double Penalty, TimeSpan OpenAfter, long? Opened);

/// <summary>The journal ended in the middle of an event, as after a crash; what followed the last whole event was cut off.</summary>
public sealed record JournalRepaired(string Segment, long BytesCut, string Sha256) : AuditEvent;
