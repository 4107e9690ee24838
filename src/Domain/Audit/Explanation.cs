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

    /// <summary>Explains an event of one node; null where there is none of this number. Reads the events once for each cause, and keeps none but the chain.</summary>
    public static Explanation? Of(IEnumerable<Envelope> events, long seq)
    {
        var causes = new List<Envelope>();
        for (long? next = seq; next is { } wanted && causes.Count < MaxDepth && events.FirstOrDefault(envelope => envelope.Seq == wanted) is { } found; next = found.Cause)
        {
            causes.Insert(0, found);
        }

        if (causes.Count == 0)
        {
            return null;
        }

        var led = new HashSet<long> { seq };
        return new Explanation(
            causes, [.. events.Where(envelope => envelope.Seq > seq && envelope.Cause is { } cause && led.Contains(cause) && led.Add(envelope.Seq)).Take(MaxEffects)]);
    }

    /// <summary>The last time that the gate of a node turned, at a moment or before.</summary>
    public static Envelope? LastTurn(IEnumerable<Envelope> events, DateTimeOffset at) =>
        events.TakeWhile(envelope => envelope.At.Utc <= at).LastOrDefault(envelope => Timeline.IsGate(envelope.Event));
}
