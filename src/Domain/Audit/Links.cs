namespace GaleraGate.Domain.Audit;

/// <summary>
/// Finds the closures of other nodes that are related to a closure: those caused by the same change of view, and the
/// joiner for a donor.
/// </summary>
public static class Links
{
    /// <summary>All nodes see a change of view within this time.</summary>
    private static readonly TimeSpan SameView = TimeSpan.FromSeconds(10);

    private static readonly string[] OfDonors = ["donor-blocking", "rejecting-queries"];

    /// <summary>The names of the nodes whose closures are related to a closure.</summary>
    /// <param name="closures">All closures, ordered by their beginning.</param>
    public static Func<Closure, IReadOnlyList<string>> Of(IReadOnlyList<Closure> closures)
    {
        var unplanned = closures.Where(one => !one.IsPlanned).ToList();
        var donors = closures.Where(IsDonor).ToList();
        // Closures of one node do not overlap, so at any time at most one of each node is running.
        var joiners = unplanned.Where(one => !IsDonor(one))
            .GroupBy(one => one.Node, StringComparer.Ordinal).Select(node => node.ToList()).ToList();
        return closure =>
        [
            .. OfTheView(closure).Concat(IsDonor(closure) ? JoinersOf(closure) : DonorsOf(closure))
                .Select(other => other.Node)
                .Where(node => node != closure.Node)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

        IEnumerable<Closure> OfTheView(Closure closure) => closure is { View: { } view, IsPlanned: false }
            ? Began(unplanned, closure.From.Utc - SameView, closure.From.Utc + SameView)
                .Where(other => other.View == view)
            : [];

        IEnumerable<Closure> JoinersOf(Closure donor) => joiners
            .Select(node => node.ElementAtOrDefault(FirstAfter(node, donor.From.Utc) - 1))
            .OfType<Closure>()
            .Where(joiner => !(UnfitUntil(joiner) <= donor.From.Utc));

        IEnumerable<Closure> DonorsOf(Closure joiner) => joiner.IsPlanned
            ? []
            : Began(donors, joiner.From.Utc, DateTimeOffset.MaxValue)
                .TakeWhile(donor => !(UnfitUntil(joiner) <= donor.From.Utc));
    }

    private static bool IsDonor(Closure closure) => OfDonors.Contains(closure.Reason);

    /// <summary>Until this time it may have received a transfer from a donor; null if it has not ended.</summary>
    private static DateTimeOffset? UnfitUntil(Closure joiner) => (joiner.FitAgain ?? joiner.To)?.Utc;

    /// <summary>Closures that began between two times, both included.</summary>
    private static IEnumerable<Closure> Began(List<Closure> inOrder, DateTimeOffset from, DateTimeOffset to) =>
        inOrder.Skip(FirstAfter(inOrder, from.AddTicks(-1))).TakeWhile(one => one.From.Utc <= to);

    /// <summary>The index of the first closure that began after a time.</summary>
    private static int FirstAfter(List<Closure> inOrder, DateTimeOffset time)
    {
        var (low, high) = (0, inOrder.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = inOrder[middle].From.Utc > time ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
