using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>
/// Sums, scenes and swimlanes of one small incident: open at 0.5 s, read-only at 10 s, open again at 12.5 s.
/// </summary>
public sealed class StatisticsTests
{
    [Fact]
    public void Closes_flaps_and_latencies_are_summed()
    {
        var samples = Recorded.FoldOf(Incident().Events).Samples;
        var found = Statistics.Of(samples, at => DateOnly.FromDateTime(at.UtcDateTime));

        Assert.Equal(
            [new ClosesOfDay(Day, "n1", "read-only", 1)],
            found.Closes);
        Assert.Equal(1, found.Flaps["n1"]);
        Assert.Equal((1, TimeSpan.FromSeconds(0.1)), (found.ToClosed.Count, found.ToClosed.Worst));
        Assert.Equal((1, TimeSpan.FromSeconds(0.2)), (found.ToOpen.Count, found.ToOpen.Median));
        Assert.Equal((2, 0, TimeSpan.FromMilliseconds(20)), (found.RuleChanges, found.Drifts, found.Commands.Worst));
    }

    [Fact]
    public void Closes_are_in_order_of_day_and_node_then_the_most_frequent_reason_first()
    {
        Sample[] samples =
        [
            Close(1, "n2", "read-only"),
            Close(1, "n1", "read-only"), Close(1, "n1", "disk"), Close(1, "n1", "joined"), Close(1, "n1", "joined"),
            Close(0, "n2", "disk"), Close(0, "n3", "disk"),
        ];

        Assert.Equal(
            [
                (0, "n2", "disk", 1), (0, "n3", "disk", 1),
                (1, "n1", "joined", 2), (1, "n1", "disk", 1), (1, "n1", "read-only", 1), (1, "n2", "read-only", 1),
            ],
            Statistics.Of(samples, at => DateOnly.FromDateTime(at.UtcDateTime)).Closes
                .Select(one => (one.Day.DayNumber - Day.DayNumber, one.Node, one.Reason, one.Count)));

        static Sample Close(int day, string node, string reason) =>
            new(SampleKind.Closed, Given.Second(0).Utc.AddDays(day), node) { Reason = reason };
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 1, 2, 2)]
    [InlineData(100, 50, 95, 99)]
    [InlineData(1000, 500, 950, 990)]
    public void Percentiles_use_the_nearest_rank(int count, int median, int p95, int p99)
    {
        var latency = Latency.Of(Enumerable.Range(1, count).Reverse().Select(second => TimeSpan.FromSeconds(second)));

        Assert.Equal(
            (median, p95, p99, count),
            (
                (int)latency.Median.TotalSeconds,
                (int)latency.P95.TotalSeconds,
                (int)latency.P99.TotalSeconds,
                (int)latency.Worst.TotalSeconds));
    }

    [Fact]
    public void Without_samples_there_is_no_latency() => Assert.Equal(default, Latency.Of([]));

    [Fact]
    public void A_scene_shows_the_state_after_each_event_that_matters()
    {
        var play = Incident();
        var scenes = Scene.Of(play.Events).ToList();

        Assert.Equal(Timeline.Of(play.Events).Select(entry => entry.Envelope), scenes.Select(scene => scene.Event));
        Assert.Equal(play.State, scenes[^1].Nodes["n1"]);
        Assert.Equal(GatePhase.Closed, scenes.Single(scene => scene.Event.Event is GateClosed).Nodes["n1"].Phase);
    }

    [Fact]
    public void A_swimlane_has_no_holes_from_the_first_event_to_the_last()
    {
        var spans = Swimlane.Of(Incident().Events).ToList();

        Assert.Equal(["Unknown", "Synced"], Values(Lane.Node));
        Assert.Equal(["Closed", "Opening", "Open", "Closed", "Opening", "Open"], Values(Lane.Gate));
        Assert.Equal(["none", "ipv4", "none"], Values(Lane.Rule));
        Assert.All(spans.GroupBy(span => span.Lane), lane =>
        {
            var row = lane.OrderBy(span => span.From).ToList();
            Assert.All(row.Zip(row.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
            Assert.Null(row[^1].To);
        });

        IEnumerable<string> Values(Lane lane) =>
            spans.Where(span => span.Lane == lane).OrderBy(span => span.Seq).Select(span => span.Value);
    }

    private static DateOnly Day => DateOnly.FromDateTime(Given.Second(0).Utc.UtcDateTime);

    private static Play Incident()
    {
        var play = new Play(Policy.Default, Family.Ipv4);
        foreach (var second in new[] { 0, 0.25, 0.5 })
        {
            play.See(second);
        }

        play.Take(Changed(0.7, play.State.Opened, new RuleCame(Change(20), IsRedirect: true)));
        play.See(10, ("read_only", "ON"));
        play.Take(Changed(10.1, play.State.ClosedBy, new RuleWent(Change(10), IsRedirect: true)));
        for (var second = 12.0; second <= 13; second += 0.25)
        {
            play.See(second);
        }

        return play;
    }

    private static RedirectChanged Changed(double second, long? cause, RuleFact fact) =>
        new(Given.Second(second), new RedirectResult(Family.Ipv4, cause, null, [fact]));

    private static RuleChange Change(double milliseconds) =>
        new(Family.Ipv4, "-A X -j REDIRECT 1", "iptables", 0, TimeSpan.FromMilliseconds(milliseconds));
}
