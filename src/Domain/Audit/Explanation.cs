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

    /// <summary>Behind an event by more than this nothing is its effect: a rule that cannot be changed is tried again for ever, and recorded once.</summary>
    private const int MaxDistance = 100_000;

    /// <summary>Explains an event of one node; null where there is none of this number. Keeps none but the chain.</summary>
    /// <param name="eventsFrom">The node's events from a seq on.</param>
    public static Explanation? Of(Func<long, IEnumerable<Envelope>> eventsFrom, long seq)
    {
        var causes = new List<Envelope>();
        for (long? next = seq; next is { } wanted && causes.Count < MaxDepth && eventsFrom(wanted).FirstOrDefault() is { } found && found.Seq == wanted; next = found.Cause)
        {
            causes.Insert(0, found);
        }

        if (causes.Count == 0)
        {
            return null;
        }

        var led = new HashSet<long> { seq };
        return new Explanation(
            causes, [.. eventsFrom(seq + 1).TakeWhile(envelope => envelope.Seq <= seq + MaxDistance).Where(envelope => envelope.Cause is { } cause && led.Contains(cause) && led.Add(envelope.Seq)).Take(MaxEffects)]);
    }

    /// <summary>The last time that the gate of a node turned, at a moment or before.</summary>
    public static Envelope? LastTurn(IEnumerable<Envelope> events, DateTimeOffset at) =>
        events.Where(envelope => envelope.At.Utc <= at && Timeline.IsGate(envelope.Event)).MaxBy(envelope => envelope.Seq);
}
