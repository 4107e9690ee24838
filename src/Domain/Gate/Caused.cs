using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>An event with its cause, as decided.</summary>
/// <param name="Cause">The seq of the event that caused it; null if the cause came from outside.</param>
public readonly record struct Caused(AuditEvent Event, long? Cause = null);
