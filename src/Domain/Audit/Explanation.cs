using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>Why something happened: what led there, the first cause first, and what it led to.</summary>
/// <param name="Causes">From the first cause to the event itself.</param>
/// <param name="Effects">What names the event as its cause, and what names those.</param>
public sealed record Explanation(IReadOnlyList<Envelope> Causes, IReadOnlyList<Envelope> Effects)
{
    /// <summary>A chain is observation, verdict, gate, rule: whatever is longer was not written by a daemon.</summary>
    private const int MaxDepth = 32;

    private const int MaxEffects = 1000;

    /// <summary>
    /// An event this far after another is not its effect: a rule that cannot be changed is tried again for ever,
    /// and recorded once.
    /// </summary>
    private const int MaxDistance = 50_000;

    /// <summary>
    /// Explains an event of one node; null where there is none of this number. Keeps none but the chain.
    /// </summary>
    /// <param name="eventsFrom">The node's events from a seq on.</param>
    /// <param name="causedFrom">Of those the ones that name a cause, and maybe others.</param>
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

    /// <summary>The last time that the gate of a node turned, at a moment or before.</summary>
    public static Envelope? LastTurn(IEnumerable<Envelope> events, DateTimeOffset at) =>
        events
            .Where(envelope => envelope.At.Utc <= at && Timeline.IsGate(envelope.Event))
            .MaxBy(envelope => envelope.Seq);
}
