using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>One line of a timeline.</summary>
/// <param name="SincePrevious">The time since the line before, of any node; null for the first line, and if there was a
/// reboot in between.</param>
/// <param name="Lasted">If a gate opened or closed: how long it had been in the other state; null if unknown.</param>
/// <param name="Cause">For a rule: the gate event that caused it, if that event was read.</param>
/// <param name="Refused">For an event that shows that clients had been refused before it: since when.</param>
public sealed record TimelineEntry(
    Envelope Envelope, TimeSpan? SincePrevious, TimeSpan? Lasted, Envelope? Cause, Refusal? Refused);

/// <summary>
/// The events that matter after an incident, one entry each. Reads a stream and keeps only the last few gate events of
/// each node.
/// </summary>
public static class Timeline
{
    /// <summary>A rule follows its gate event at once, so only this many gate events can be its cause.</summary>
    private const int CausesKept = 8;

    public static IEnumerable<TimelineEntry> Of(IEnumerable<Envelope> envelopes)
    {
        Envelope? previous = null;
        var nodes = new Dictionary<string, Queue<Envelope>>(StringComparer.Ordinal);
        var accesses = new Dictionary<string, ClientAccess>(StringComparer.Ordinal);
        foreach (var envelope in envelopes)
        {
            if (!nodes.TryGetValue(envelope.Node, out var causes))
            {
                nodes[envelope.Node] = causes = new Queue<Envelope>();
            }

            var before = accesses.GetValueOrDefault(envelope.Node, new ClientAccess());
            var access = accesses[envelope.Node] = before.After(envelope);
            if (Matters(envelope.Event))
            {
                yield return new TimelineEntry(
                    envelope,
                    previous is null ? null : envelope.At.Since(previous.At),
                    Lasted(envelope, before),
                    IsRedirect(envelope.Event) ? causes.FirstOrDefault(cause => cause.Seq == envelope.Cause) : null,
                    access.Reveals ? access.Refused : null);
                previous = envelope;
            }

            if (IsGate(envelope.Event) || envelope.Event is DaemonStarted)
            {
                causes.Enqueue(envelope);
                _ = causes.Count > CausesKept && causes.TryDequeue(out _);
            }
        }
    }

    /// <summary>The gate opened or closed for clients.</summary>
    public static bool IsGate(AuditEvent @event) => @event is GateOpened or GateAdopted or GateClosed;

    private static TimeSpan? Lasted(Envelope envelope, ClientAccess before) => envelope.Event switch
    {
        GateOpened when before.Refused is { } refused => envelope.At.Since(refused.Latest),
        GateClosed when before.Opened is { } opened => envelope.At.Since(opened),
        _ => null,
    };

    private static bool IsRedirect(AuditEvent @event) =>
        @event is RedirectAdded or RedirectRemoved or RedirectChangeFailed;

    /// <summary>Excludes single polls, intermediate steps, and rules other than the redirect.</summary>
    public static bool Matters(AuditEvent @event) => @event is not (
        ObservationChanged or ObservationHeld or GateOpening or LeaseArmed or RuleAdded or RuleRemoved);
}
