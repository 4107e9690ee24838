using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// What one signal makes happen, in order. Each event gets its number here, so that what follows can name it as its
/// cause.
/// </summary>
/// <param name="last">The seq of the last event before.</param>
internal sealed class Decision(long last)
{
    private readonly List<Caused> _events = [];

    public IReadOnlyList<Caused> Events => _events;

    /// <summary>Adds an event, unless there is none to add, and gives its seq.</summary>
    public long? Add(AuditEvent? @event, long? cause = null)
    {
        if (@event is null)
        {
            return null;
        }

        _events.Add(new Caused(@event, cause));
        return last + _events.Count;
    }

    /// <summary>Adds events of one cause, and gives the seq of the last; null where there are none.</summary>
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
