using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using Xunit.Abstractions;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>
/// How often a gate can change in a window, whatever the server does: docs/flap-bound.md derives the bound. The
/// adversary here sees the gate and closes it the moment it opens. It chooses only how long it waits in between,
/// because waiting lets the penalty decay.
/// </summary>
public sealed class FlapBoundTests(ITestOutputHelper output)
{
    private const double Tick = 0.02;

    public static TheoryData<string, double, string> Adversaries() => new()
    {
        { "500ms", 30, "read-only" },
        { "500ms", 30, "non-primary" },
        { "100ms", 30, "read-only" },
        { "2s", 4, "read-only" },
        { "0s", 2, "read-only" },
    };

    [Theory]
    [MemberData(nameof(Adversaries))]
    public void No_adversary_closes_the_gate_more_often_than_the_bound_in_any_window(
        string openAfter, double cap, string reason)
    {
        var policy = Policy.Create(
            new Dictionary<string, string>
            {
                ["rise"] = "1",
                ["open-after"] = openAfter,
                ["open-after-max"] = $"{cap}s",
            });
        if (policy.Gate.OpenAfter == TimeSpan.Zero)
        {
            // Without a base nothing doubles and there is no bound: the operator chose that.
            Assert.Equal(double.PositiveInfinity, FlapBound.ClosesIn(60, policy.Gate, reason));
            return;
        }

        double[] windows = [1, 10, 60, 300, 600];
        var worst = windows.ToDictionary(window => window, _ => 0);
        // Seconds between an opening and the close, tried one after the other and mixed: zero, short, long enough to
        // decay.
        foreach (var waits in new double[][]
        {
            [0],
            [1],
            [5],
            [10],
            [15],
            [30],
            [60],
            [0, 0, 0, 60],
            [0, 15],
            [0, 0, 30],
            [20, 0, 0, 0, 0],
        })
        {
            var closes = Closes(policy, reason, waits, seconds: 1300);
            foreach (var window in windows)
            {
                worst[window] = Math.Max(worst[window], MostIn(closes, window));
            }
        }

        foreach (var window in windows)
        {
            var bound = FlapBound.ClosesIn(window, policy.Gate, reason);
            output.WriteLine(
                $"open-after {openAfter}, cap {cap} s, {reason}: at most {bound} closes in {window} s; the worst "
                + $"adversary got {worst[window]}");
            Assert.InRange(worst[window], 1, bound);
        }

        // The bound is useful: at most three times what the worst adversary achieved in a minute.
        Assert.InRange(FlapBound.ClosesIn(60, policy.Gate, reason), worst[60], 3 * worst[60]);
    }

    [Fact]
    public void Random_stories_keep_the_bound() =>
        Always.Holds(
            output,
            2000,
            Story.Any,
            story => story.Shrink(),
            story =>
    {
        if (story.Policy.Gate.OpenAfter == TimeSpan.Zero)
        {
            return;
        }

        var play = new Play(story.Policy);
        foreach (var signal in story.Signals())
        {
            play.Take(signal);
        }

        var closes = play
            .Events.Where(envelope => envelope.Event is GateClosed { Planned: false })
            .Select(envelope => envelope.At.Monotonic.TotalSeconds)
            .ToList();
        foreach (var window in new double[] { 1, 10, 60, 300 })
        {
            Assert.InRange(MostIn(closes, window), 0, FlapBound.ClosesIn(window, story.Policy.Gate, "non-primary"));
        }
    });

    [Fact]
    public void The_document_states_the_computed_figures()
    {
        var document = File.ReadAllText(Path.Combine(Documents.Folder, "flap-bound.md"));

        foreach (var window in new double[] { 1, 10, 60, 600 })
        {
            Assert.Contains(
                $"| {window:0} s | {FlapBound.ClosesIn(window, new GatePolicy(), "read-only")} | "
                + $"{FlapBound.ClosesIn(window, new GatePolicy(), "non-primary")} |",
                document,
                StringComparison.Ordinal);
        }
    }

    /// <summary>The times of the closes that an adversary causes who sees every state of the gate.</summary>
    private static List<double> Closes(Policy policy, string reason, double[] waits, double seconds)
    {
        var play = new Play(policy);
        var (closes, opened) = (new List<double>(), double.NaN);
        var open = Kind.All[Kind.Synced];
        var shut = Kind.All[reason];
        for (var now = 1.0; now < seconds; now += Tick)
        {
            var isOpen = play.State.Phase.LetsTrafficIn();
            opened = !isOpen ? double.NaN : double.IsNaN(opened) ? now : opened;
            var closesNow = isOpen && now - opened >= waits[closes.Count % waits.Length];
            play.Take(new Observed(Given.Second(now), closesNow ? shut : open));
            if (closesNow)
            {
                closes.Add(now);
            }
        }

        return closes;
    }

    private static int MostIn(List<double> times, double window) =>
        times
            .Select((first, index) => times.Skip(index).TakeWhile(time => time - first <= window).Count())
            .DefaultIfEmpty(0)
            .Max();
}
