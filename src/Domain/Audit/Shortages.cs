using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>A time in which few nodes were open.</summary>
/// <param name="Open">How many were, all through it.</param>
public sealed record Shortage(DateTimeOffset From, DateTimeOffset? To, int Open);

/// <summary>When too few gates were open: the other question after a failover.</summary>
public static class Shortages
{
    /// <summary>A gate turned.</summary>
    private sealed record Turn(DateTimeOffset At, string Node, bool Open);

    /// <summary>
    /// The times in which fewer than so many nodes were open, by the wall clocks, one for each number of them. They
    /// begin with the first gate that opens: a cluster that starts for the first time has no outage.
    /// </summary>
    public static IEnumerable<Shortage> Of(IEnumerable<Envelope> events, int fewerThan)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        Shortage? shortage = null;
        var hasBegun = false;
        foreach (var moment in Turns(events).OrderBy(turn => turn.At).GroupBy(turn => turn.At))
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

    private static List<Turn> Turns(IEnumerable<Envelope> events)
    {
        var (turns, nodes) = (new List<Turn>(), new Dictionary<string, ClientAccess>(StringComparer.Ordinal));
        var starting = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var envelope in events)
        {
            var (node, at) = (envelope.Node, envelope.At.Utc);
            var before = nodes.GetValueOrDefault(node, new ClientAccess());
            var access = nodes[node] = before.After(envelope);
            if (access.Opened is not null && before.Opened is null)
            {
                // What a daemon took over was open all along.
                if (envelope.Event is GateAdopted && starting.Remove(node, out var index))
                {
                    turns[index] = turns[index] with { Open = true };
                }

                turns.Add(new Turn(at, node, true));
            }
            else if (access.Refused is { } refused && (before.Opened is not null || access.Reveals))
            {
                starting[node] = turns.Count;
                turns.Add(new Turn(refused.Latest.Utc, node, false));
            }
        }

        return turns;
    }
}
