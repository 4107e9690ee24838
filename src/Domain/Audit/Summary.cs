using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>The closures with one reason.</summary>
public sealed record CauseSum(string Reason, bool IsPlanned, int Count, TimeSpan Closed);

/// <summary>What some time comes to, in a few figures.</summary>
/// <param name="Causes">The reasons of the closures, those that took longest first, without first starts.</param>
/// <param name="ClientsReset">How many connections of clients were reset.</param>
public sealed record Summary(Availability Served, IReadOnlyList<CauseSum> Causes, long ClientsReset)
{
    /// <param name="events">Every event up to the end, those before the time asked about among them.</param>
    /// <param name="since">The beginning; null for the first event.</param>
    /// <param name="until">The end; null for the last event.</param>
    /// <returns>Null when there is no event.</returns>
    public static Summary? Of(IEnumerable<Envelope> events, DateTimeOffset? since, DateTimeOffset? until)
    {
        var known = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        var (first, last, reset) = (DateTimeOffset.MaxValue, DateTimeOffset.MinValue, 0L);
        var kept = new List<Envelope>();
        foreach (var envelope in events.Where(envelope => !(envelope.At.Utc > until)))
        {
            var at = envelope.At.Utc;
            _ = known.TryAdd(envelope.Node, at);
            (first, last) = (at < first ? at : first, at > last ? at : last);
            reset += envelope.Event is ConnectionsReset e && !(at < since) ? e.Count : 0;
            if (Types.Contains(envelope.Type))
            {
                kept.Add(envelope);
            }
        }

        if (known.Count == 0)
        {
            return null;
        }

        var (from, to) = (since > first ? since.Value : first, until ?? last);
        var closures = Failovers.Closures(kept);
        return new Summary(
            Availability.Of(GateTurns.Of(closures), known, from, to), [.. CausesOf(closures, from, to)], reset);
    }

    private static readonly HashSet<string> Types = Failovers.Types.ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<CauseSum> CausesOf(
        IEnumerable<Closure> closures, DateTimeOffset from, DateTimeOffset to) =>
        closures.Where(closure => !closure.IsFirstStart && closure.From.Utc <= to && !(closure.To?.Utc <= from))
            .GroupBy(closure => (closure.Reason, closure.IsPlanned))
            .Select(group => new CauseSum(
                group.Key.Reason,
                group.Key.IsPlanned,
                group.Count(),
                group.Aggregate(TimeSpan.Zero, (sum, closure) => sum + Within(closure, from, to))))
            .OrderByDescending(cause => cause.Closed)
            .ThenBy(cause => cause.Reason, StringComparer.Ordinal);

    private static TimeSpan Within(Closure closure, DateTimeOffset from, DateTimeOffset to)
    {
        var begin = closure.From.Utc > from ? closure.From.Utc : from;
        var end = closure.To?.Utc < to ? closure.To.Value.Utc : to;
        return end > begin ? end - begin : TimeSpan.Zero;
    }
}
