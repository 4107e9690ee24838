using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>An event as it is decided, with what led to it.</summary>
/// <param name="Cause">The seq of the event that led to it; null for one that came from outside.</param>
public readonly record struct Caused(AuditEvent Event, long? Cause = null);
