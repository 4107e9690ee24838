namespace GaleraGate.Domain.Audit;

/// <summary>A time in which few nodes were open.</summary>
/// <param name="Open">How many were, all through it.</param>
public sealed record Shortage(DateTimeOffset From, DateTimeOffset? To, int Open);

/// <summary>When too few gates were open: the other question after a failover.</summary>
public static class Shortages
{
    /// <summary>
    /// The times in which fewer than so many nodes were open, by the wall clocks, one for each number of them. They
    /// begin with the first gate that opens: a cluster that starts for the first time has no outage.
    /// </summary>
    public static IEnumerable<Shortage> Of(IEnumerable<GateTurn> turns, int fewerThan)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        Shortage? shortage = null;
        var hasBegun = false;
        foreach (var moment in turns.GroupBy(turn => turn.At))
        {
            foreach (var turn in moment)
            {
                _ = turn.Open ? open.Add(turn.Node) : open.Remove(turn.Node);
            }

            hasBegun |= open.Count > 0;
            if (!hasBegun || shortage?.Open == open.Count)
            {
                continue;
            }

            if (shortage is not null)
            {
                yield return shortage with { To = moment.Key };
            }

            shortage = open.Count < fewerThan ? new Shortage(moment.Key, null, open.Count) : null;
        }

        if (shortage is not null)
        {
            yield return shortage;
        }
    }
}
