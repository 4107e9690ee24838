using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>What one command did to the tables of one family: the rules that came and went, or why it failed.</summary>
/// <param name="Cause">The seq of the event that wanted it.</param>
/// <param name="Found">The redirect rules that were there before; null where nobody could look.</param>
/// <param name="Events">One event per rule.</param>
/// <param name="Elapsed">How long the change took; null where nothing had to be changed, or nothing could be.</param>
/// <param name="IsMend">The tables had held what is wanted before: somebody else changed them.</param>
public sealed record RedirectResult(
    Family Family, long? Cause, IReadOnlyList<string>? Found, IReadOnlyList<AuditEvent> Events, TimeSpan? Elapsed = null, bool IsMend = false);
