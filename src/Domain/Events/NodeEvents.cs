using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Events;

/// <summary>A poll saw something else than the one before.</summary>
public sealed record ObservationChanged(Observation Observation) : AuditEvent;

/// <summary>How often the last recorded observation repeated, and the time of the last repetition: with it the poll history can be rebuilt.</summary>
public sealed record ObservationHeld(long Count, Instant Until) : AuditEvent;

/// <summary>The node state changed. Class and path are null where the provider itself showed no change.</summary>
public sealed record NodeStateChanged(NodeState From, NodeState To, StepClass? Class, string? Path) : AuditEvent;

/// <summary>The server or its provider started anew.</summary>
public sealed record ServerRestarted(ulong? UptimeSeconds) : AuditEvent;

/// <summary>The data disk stopped taking writes in time, or takes them again.</summary>
/// <param name="Trouble">What is wrong with it; null where nothing is any more.</param>
public sealed record DiskProbed(string? Trouble) : AuditEvent;

/// <summary>The judgement changed.</summary>
public sealed record VerdictChanged(Verdict Verdict) : AuditEvent;
