using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// The events that one signal causes, in order. Each event gets its number here, so that later ones can name it as
/// their cause.
/// </summary>
/// <param name="last">The seq of the last event before.</param>
internal sealed class Decision(long last)
{
    private readonly List<Caused> _events = [];

    public IReadOnlyList<Caused> Events => _events;

    /// <summary>Adds an event, unless it is null, and returns its seq.</summary>
    public long? Add(AuditEvent? @event, long? cause = null)
    {
        if (@event is null)
        {
            return null;
        }

        _events.Add(new Caused(@event, cause));
        return last + _events.Count;
    }

    /// <summary>Adds events with one cause and returns the seq of the last; null if there are none.</summary>
    public long? AddAll(IEnumerable<AuditEvent> events, long? cause = null)
    {
        long? added = null;
        foreach (var @event in events)
        {
            added = Add(@event, cause);
        }

        return added;
    }

    /// <summary>Adds how often the recorded observation repeated, if it did.</summary>
    public long? AddRepeats(ObservationHeld? repeats) => Add(repeats is { Count: > 0 } ? repeats : null);
}
