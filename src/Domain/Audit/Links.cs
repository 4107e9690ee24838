namespace GaleraGate.Domain.Audit;

/// <summary>
/// Which closures of other nodes belong to one: those that the same change of view made, and a joiner beside its donor.
/// </summary>
public static class Links
{
    /// <summary>Two nodes see a change of view within this time.</summary>
    private static readonly TimeSpan SameView = TimeSpan.FromSeconds(10);

    private static readonly string[] OfDonors = ["donor-blocking", "rejecting-queries"];

    /// <summary>The nodes whose closures belong to a closure, by their names.</summary>
    /// <param name="closures">All of them.</param>
    public static Func<Closure, IReadOnlyList<string>> Of(IReadOnlyList<Closure> closures)
    {
        var views = closures.Where(one => one.View is not null).ToLookup(one => one.View!.Value);
        var donors = closures.Where(IsDonor).ToList();
        var joiners = closures.Where(one => !IsDonor(one) && !one.IsPlanned).ToList();
        return closure =>
        {
            var near = closure.View is { } view ? views[view].Where(other => IsNear(closure, other)) : [];
            var pairs = IsDonor(closure)
                ? joiners.Where(joiner => IsFedBy(joiner, closure))
                : donors.Where(donor => IsFedBy(closure, donor));
            return
            [
                .. near.Concat(pairs)
                    .Select(other => other.Node)
                    .Where(node => node != closure.Node)
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ];
        };
    }

    private static bool IsDonor(Closure closure) => OfDonors.Contains(closure.Reason);

    private static bool IsNear(Closure one, Closure other) =>
        !one.IsPlanned && !other.IsPlanned && (one.From.Utc - other.From.Utc).Duration() <= SameView;

    /// <summary>The joiner was closed when the donor closed, and not fit before the donor fed it.</summary>
    private static bool IsFedBy(Closure joiner, Closure donor) =>
        !joiner.IsPlanned
        && joiner.From.Utc <= donor.From.Utc
        && !(joiner.To?.Utc <= donor.From.Utc)
        && !(joiner.FitAgain?.Utc <= donor.From.Utc);
}
