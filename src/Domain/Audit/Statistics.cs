namespace GaleraGate.Domain.Audit;

/// <summary>How often a node's gate closed on one day for one reason.</summary>
public readonly record struct ClosesOfDay(DateOnly Day, string Node, string Reason, int Count);

/// <summary>How long something took, over all times that it happened.</summary>
public readonly record struct Latency(int Count, TimeSpan Median, TimeSpan P95, TimeSpan P99, TimeSpan Worst)
{
    public static Latency Of(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return sorted.Count == 0
            ? default
            : new Latency(sorted.Count, At(0.5), At(0.95), At(0.99), sorted[^1]);

        TimeSpan At(double share) => sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(share * sorted.Count) - 1)];
    }
}

/// <summary>Statistics of a long period.</summary>
/// <param name="Flaps">By node: closes within a minute of the opening before.</param>
/// <param name="ToClosed">From the observation that closed a gate to the removal of its redirect.</param>
/// <param name="ToOpen">From the event that opened a gate to its redirect.</param>
/// <param name="Commands">How long iptables took for each change.</param>
public sealed record Statistics(
    IReadOnlyList<ClosesOfDay> Closes,
    IReadOnlyDictionary<string, int> Flaps,
    long RuleChanges,
    long Drifts,
    Latency ToClosed,
    Latency ToOpen,
    Latency Commands)
{
    /// <param name="dayOf">The day that a time belongs to.</param>
    public static Statistics Of(IEnumerable<Sample> samples, Func<DateTimeOffset, DateOnly> dayOf)
    {
        var all = samples.ToLookup(sample => sample.Kind);
        List<Sample> changes = [.. all[SampleKind.Added], .. all[SampleKind.Removed]];
        return new Statistics(
            [
                .. all[SampleKind.Closed]
                    .GroupBy(close => (Day: dayOf(close.At), close.Node, Reason: close.Reason!))
                    .Select(group => new ClosesOfDay(group.Key.Day, group.Key.Node, group.Key.Reason, group.Count()))
                    .OrderBy(one => one.Day)
                    .ThenBy(one => one.Node, StringComparer.Ordinal)
                    .ThenByDescending(one => one.Count)
                    .ThenBy(one => one.Reason, StringComparer.Ordinal),
            ],
            new SortedDictionary<string, int>(
                all[SampleKind.Closed].Where(close => close.IsFlap)
                    .GroupBy(close => close.Node, StringComparer.Ordinal)
                    .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal),
                StringComparer.Ordinal),
            changes.Count,
            all[SampleKind.Drift].Count(),
            Latency.Of(Times(all[SampleKind.Removed])),
            Latency.Of(Times(all[SampleKind.Added])),
            Latency.Of(changes.Select(change => change.Command!.Value)));
    }

    private static IEnumerable<TimeSpan> Times(IEnumerable<Sample> samples) =>
        samples.Select(sample => sample.Took).OfType<TimeSpan>();
}
