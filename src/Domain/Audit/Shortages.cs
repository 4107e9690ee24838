namespace GaleraGate.Domain.Audit;

/// <summary>A period in which too few nodes were open.</summary>
/// <param name="Open">How many were open throughout it.</param>
public sealed record Shortage(DateTimeOffset From, DateTimeOffset? To, int Open);

/// <summary>When too few gates were open: the other question after a failover.</summary>
public static class Shortages
{
    /// <summary>
    /// The periods with fewer open nodes than the given number, by the wall clocks. A new period begins whenever the
    /// number of open nodes changes. The first begins no earlier than the first opening: a cluster's first start is not
    /// an outage.
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
