using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Events;

/// <summary>A poll saw something different from the poll before.</summary>
/// <param name="Observation"><c>{"variables": {…}}</c> as the server gave them, or <c>{"error", "detail"}</c></param>
public sealed record ObservationChanged(Observation Observation) : AuditEvent;

/// <summary>
/// The last recorded observation repeated. Recorded when the repetition ends, and at least hourly, so that the poll
/// history can be rebuilt.
/// </summary>
/// <param name="Count">how often</param>
/// <param name="Until">when it last did: at, mono, boot</param>
public sealed record ObservationHeld(long Count, Instant Until) : AuditEvent;

/// <summary>The node state changed.</summary>
/// <param name="From">the state before</param>
/// <param name="To">the state now</param>
/// <param name="Class">Direct, Explained, Restart or Anomalous; missing if the provider itself showed no change</param>
/// <param name="Path">the steps that explain it</param>
public sealed record NodeStateChanged(NodeState From, NodeState To, StepClass? Class, string? Path) : AuditEvent;

/// <summary>
/// The server or its provider was restarted: Uptime fell, or is below the time for which the server refused
/// connections, or the provider has another uuid.
/// </summary>
/// <param name="UptimeSeconds">how long the server has been up; missing if it does not report that</param>
/// <param name="ProviderOnly">true if only the provider was restarted; otherwise missing</param>
public sealed record ServerRestarted(ulong? UptimeSeconds, bool? ProviderOnly = null) : AuditEvent;

/// <summary>
/// The result of the first write and sync on the data disk (<c>--disk-probe</c>), and each later change: writes do not
/// finish in time, or finish in time again.
/// </summary>
/// <param name="Trouble">what is wrong with the disk; missing if it is healthy</param>
public sealed record DiskProbed(string? Trouble) : AuditEvent;

/// <summary>The verdict changed.</summary>
/// <param name="Verdict">verdict, reason, reasons, pace, nodeState, as <c>check --json</c> prints it</param>
public sealed record VerdictChanged(Verdict Verdict) : AuditEvent;
