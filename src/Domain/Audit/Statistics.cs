using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>The closes of a node's gate on one day for one reason.</summary>
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

/// <summary>What a time of many events comes to.</summary>
/// <param name="Flaps">By node, the closes that came within a minute of the opening before.</param>
/// <param name="ToClosed">From the observation that closed a gate to the moment its redirect was gone.</param>
/// <param name="ToOpen">From the event that opened a gate to its redirect.</param>
/// <param name="Commands">What iptables took for each change.</param>
public sealed record Statistics(
    IReadOnlyList<ClosesOfDay> Closes,
    IReadOnlyDictionary<string, int> Flaps,
    long RuleChanges,
    long Drifts,
    Latency ToClosed,
    Latency ToOpen,
    Latency Commands)
{
    private static readonly TimeSpan Flap = TimeSpan.FromMinutes(1);

    /// <summary>Keeps a few numbers for each turn of a gate, and no events.</summary>
    /// <param name="dayOf">The day that a moment belongs to.</param>
    public static Statistics Of(IEnumerable<Envelope> events, Func<DateTimeOffset, DateOnly> dayOf)
    {
        var closes = new Dictionary<(DateOnly, string, string), int>();
        var flaps = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var nodes = new Dictionary<string, Turns>(StringComparer.Ordinal);
        var (toClosed, toOpen, commands) = (new List<TimeSpan>(), new List<TimeSpan>(), new List<TimeSpan>());
        var (changes, drifts) = (0L, 0L);
        foreach (var envelope in events)
        {
            var at = envelope.At;
            var turns = nodes.GetValueOrDefault(envelope.Node);
            switch (envelope.Event)
            {
                case ObservationChanged:
                    turns.Observed = at;
                    break;
                case GateOpened:
                    turns.Opened = at;
                    turns.Turned = (envelope.Seq, at);
                    break;
                case GateClosed e:
                    var key = (dayOf(at.Utc), envelope.Node, e.Reason);
                    closes[key] = closes.GetValueOrDefault(key) + 1;
                    if (!e.Planned && turns.Opened is { } opened && at.Since(opened) < Flap)
                    {
                        flaps[envelope.Node] = flaps.GetValueOrDefault(envelope.Node) + 1;
                    }

                    // A close that an operator wanted came of no observation.
                    turns.Turned = e.Planned ? null : (envelope.Seq, turns.Observed ?? at);
                    break;
                case RedirectAdded e:
                    changes++;
                    commands.Add(e.Change.Elapsed);
                    Add(toOpen, envelope, turns);
                    break;
                case RedirectRemoved e:
                    changes++;
                    commands.Add(e.Change.Elapsed);
                    Add(toClosed, envelope, turns);
                    break;
                case DriftFound:
                    drifts++;
                    break;
                default:
                    break;
            }

            nodes[envelope.Node] = turns;
        }

        return new Statistics(
            [
                .. closes
                    .Select(one => new ClosesOfDay(one.Key.Item1, one.Key.Item2, one.Key.Item3, one.Value))
                    .OrderBy(one => one.Day)
                    .ThenBy(one => one.Node, StringComparer.Ordinal)
                    .ThenByDescending(one => one.Count),
            ],
            flaps, changes, drifts, Latency.Of(toClosed), Latency.Of(toOpen), Latency.Of(commands));
    }

    private static void Add(List<TimeSpan> times, Envelope rule, Turns turns)
    {
        if (turns.Turned is { } turned && turned.Seq == rule.Cause && rule.At.Since(turned.At) is { } took)
        {
            times.Add(took);
        }
    }

    private record struct Turns(Instant? Observed, Instant? Opened, (long Seq, Instant At)? Turned);
}
