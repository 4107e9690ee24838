using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>Why an event happened: its causes, the first cause first, and its effects.</summary>
/// <param name="Causes">From the first cause to the event itself.</param>
/// <param name="Effects">The events that name it as their cause, and the effects of those.</param>
public sealed record Explanation(IReadOnlyList<Envelope> Causes, IReadOnlyList<Envelope> Effects)
{
    /// <summary>A chain is observation, verdict, gate, rule. A longer chain was not written by a daemon.</summary>
    private const int MaxDepth = 32;

    private const int MaxEffects = 1000;

    /// <summary>
    /// An event further away than this is not an effect: a rule that cannot be changed is retried for ever but recorded
    /// once.
    /// </summary>
    private const int MaxDistance = 50_000;

    /// <summary>
    /// Explains an event of one node; null if there is no event with this number. Keeps only the chain in memory.
    /// </summary>
    /// <param name="eventsFrom">The node's events starting at a seq.</param>
    /// <param name="causedFrom">Those of them that name a cause; it may return others too.</param>
    public static Explanation? Of(
        Func<long, IEnumerable<Envelope>> eventsFrom, Func<long, IEnumerable<Envelope>> causedFrom, long seq)
    {
        var causes = new List<Envelope>();
        long? next = seq;
        while (next is { } wanted && causes.Count < MaxDepth && EventOf(wanted) is { } found)
        {
            causes.Insert(0, found);
            next = found.Cause;
        }

        if (causes.Count == 0)
        {
            return null;
        }

        var led = new HashSet<long> { seq };
        var effects = causedFrom(seq + 1)
            .TakeWhile(envelope => envelope.Seq <= seq + MaxDistance)
            .Where(envelope => envelope.Cause is { } cause && led.Contains(cause) && led.Add(envelope.Seq))
            .Take(MaxEffects);
        return new Explanation(causes, [.. effects]);

        Envelope? EventOf(long wanted) =>
            eventsFrom(wanted).FirstOrDefault() is { } found && found.Seq == wanted ? found : null;
    }

    /// <summary>The last time that a node's gate opened or closed, at this moment or before.</summary>
    public static Envelope? LastTurn(IEnumerable<Envelope> events, DateTimeOffset at) =>
        events
            .Where(envelope => envelope.At.Utc <= at && Timeline.IsGate(envelope.Event))
            .MaxBy(envelope => envelope.Seq);
}
