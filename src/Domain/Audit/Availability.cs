namespace GaleraGate.Domain.Audit;

/// <summary>How long a gate was open, out of the time for which there is a record.</summary>
public readonly record struct Served(TimeSpan Open, TimeSpan Known)
{
    /// <summary>From 0 to 1; null if there is no record.</summary>
    public double? Share => Known > TimeSpan.Zero ? Open / Known : null;

    public TimeSpan Closed => Known - Open;
}

/// <summary>How available a cluster was in some period.</summary>
/// <param name="Nodes">Each node, by its name.</param>
/// <param name="Cluster">The time with at least one node open, counted from the first opening.</param>
/// <param name="Spells">How many periods there were with no node open.</param>
public sealed record Availability(
    DateTimeOffset From, DateTimeOffset To, IReadOnlyDictionary<string, Served> Nodes, Served Cluster, int Spells)
{
    /// <param name="known">The start of each node's record.</param>
    public static Availability Of(
        IReadOnlyList<GateTurn> turns,
        IReadOnlyDictionary<string, DateTimeOffset> known,
        DateTimeOffset from,
        DateTimeOffset to)
    {
        var nodes = new SortedDictionary<string, Served>(StringComparer.Ordinal);
        var turnsOf = turns.ToLookup(turn => turn.Node, StringComparer.Ordinal);
        foreach (var (node, first) in known)
        {
            var begin = first > from ? first : from;
            nodes[node] = new Served(Overlap(Open(turnsOf[node]), begin, to), Positive(to - begin));
        }

        var none = Shortages.Of(turns, 1).ToList();
        var opened = turns.FirstOrDefault(turn => turn.Open)?.At ?? to;
        var served = opened > from ? opened : from;
        var dark = none.Select(one => (one.From, one.To)).ToList();
        var length = Positive(to - served);
        return new Availability(
            from,
            to,
            nodes,
            new Served(length - Overlap(dark, served, to), length),
            none.Count(one => one.From < to && !(one.To <= from)));
    }

    /// <summary>The periods in which a node's gate was open.</summary>
    private static IEnumerable<(DateTimeOffset From, DateTimeOffset? To)> Open(IEnumerable<GateTurn> turns)
    {
        DateTimeOffset? since = null;
        foreach (var turn in turns)
        {
            if (turn.Open)
            {
                since ??= turn.At;
            }
            else if (since is { } opened)
            {
                yield return (opened, turn.At);
                since = null;
            }
        }

        if (since is { } still)
        {
            yield return (still, null);
        }
    }

    /// <summary>How much of a period is covered by the others; one without an end is still running.</summary>
    internal static TimeSpan Overlap(
        IEnumerable<(DateTimeOffset From, DateTimeOffset? To)> stretches, DateTimeOffset from, DateTimeOffset to) =>
        stretches.Aggregate(TimeSpan.Zero, (sum, one) =>
        {
            var begin = one.From > from ? one.From : from;
            var end = one.To < to ? one.To.Value : to;
            return sum + Positive(end - begin);
        });

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
