namespace GaleraGate.Domain.Audit;

/// <summary>The total of the closures with one reason.</summary>
public sealed record CauseSum(string Reason, bool IsPlanned, int Count, TimeSpan Closed);

/// <summary>A period in a few figures.</summary>
/// <param name="Causes">The reasons for the closures, longest total first, without first starts.</param>
/// <param name="ClientsReset">How many client connections were reset.</param>
public sealed record Summary(Availability Served, IReadOnlyList<CauseSum> Causes, long ClientsReset)
{
    /// <param name="extent">The period covered by the events that the closures were computed from.</param>
    /// <param name="since">The beginning; null for the first event.</param>
    /// <param name="until">The end; null for the last event.</param>
    /// <returns>Null if there is no event.</returns>
    public static Summary? Of(
        IReadOnlyList<Closure> closures, Extent extent, DateTimeOffset? since, DateTimeOffset? until)
    {
        if (extent.Known.Count == 0)
        {
            return null;
        }

        var (from, to) = (since > extent.First ? since.Value : extent.First, until ?? extent.Last);
        return new Summary(
            Availability.Of(GateTurns.Of(closures), extent.Known, from, to),
            [.. CausesOf(closures, from, to)],
            extent.ClientsReset);
    }

    private static IEnumerable<CauseSum> CausesOf(
        IEnumerable<Closure> closures, DateTimeOffset from, DateTimeOffset to) =>
        closures.Where(closure => !closure.IsFirstStart && closure.From.Utc <= to && !(closure.To?.Utc <= from))
            .GroupBy(closure => (closure.Reason, closure.IsPlanned))
            .Select(group => new CauseSum(
                group.Key.Reason,
                group.Key.IsPlanned,
                group.Count(),
                Availability.Overlap(group.Select(one => (one.From.Utc, one.To?.Utc)), from, to)))
            .OrderByDescending(cause => cause.Closed)
            .ThenBy(cause => cause.Reason, StringComparer.Ordinal);
}
