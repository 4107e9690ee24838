using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>One line of a timeline.</summary>
/// <param name="SincePrevious">The time from the line before, of whatever node; null for the first, and when the two
/// belong to different boots.</param>
/// <param name="Lasted">For a gate that changed: how long it had been the other way; null when nobody can say.</param>
/// <param name="Cause">For a rule: the gate event that wanted it, if it is among what was read.</param>
/// <param name="Refused">For an event that shows that clients had been refused before it: from when on.</param>
public sealed record TimelineEntry(
    Envelope Envelope, TimeSpan? SincePrevious, TimeSpan? Lasted, Envelope? Cause, Refusal? Refused);

/// <summary>
/// What matters after an incident, one entry a thing, from all that was recorded. Reads a stream and keeps only the
/// last few gate events of each node.
/// </summary>
public static class Timeline
{
    /// <summary>A rule follows the gate event that wanted it at once; of more than these it is not the cause.</summary>
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

    /// <summary>The gate turned: what clients meet is another thing from here on.</summary>
    public static bool IsGate(AuditEvent @event) => @event is GateOpened or GateAdopted or GateClosed;

    private static TimeSpan? Lasted(Envelope envelope, ClientAccess before) => envelope.Event switch
    {
        GateOpened when before.Refused is { } refused => envelope.At.Since(refused.Latest),
        GateClosed when before.Opened is { } opened => envelope.At.Since(opened),
        _ => null,
    };

    private static bool IsRedirect(AuditEvent @event) =>
        @event is RedirectAdded or RedirectRemoved or RedirectChangeFailed;

    /// <summary>Not the single polls, nor the steps on the way, nor what stands around the redirect.</summary>
    public static bool Matters(AuditEvent @event) => @event is not (
        ObservationChanged or ObservationHeld or GateOpening or LeaseArmed or RuleAdded or RuleRemoved);
}
