using FsCheck;
using FsCheck.Fluent;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>One thing that happens, and how long after the previous one.</summary>
/// <param name="Wait">Milliseconds of the monotonic clock.</param>
/// <param name="What">The name of a <see cref="Kind"/>, or an operator's action.</param>
/// <param name="WallJump">Hours by which the wall clock jumps first.</param>
internal sealed record Step(int Wait, string What, int WallJump = 0)
{
    public const string Hold = "hold";
    public const string HoldByFile = "hold by file";
    public const string Release = "release";
    public const string ReleaseByFile = "release by file";
    public const string Stall = "stall";

    public bool IsObservation => Kind.All.ContainsKey(What);

    public override string ToString() => $"+{Wait}ms{(WallJump == 0 ? "" : $" (wall clock {WallJump:+0;-0}h)")} {What}";
}

/// <summary>A policy and what happens under it, printed in readable form.</summary>
internal sealed record Story(Policy Policy, IReadOnlyList<Step> Steps)
{
    private static readonly string[] Operator = [Step.Hold, Step.Release, Step.HoldByFile, Step.ReleaseByFile];

    public static Gen<Policy> Policies { get; } =
        from rise in Gen.Choose(1, 5)
        from fall in Gen.Choose(1, 4)
        from closeAfter in Gen.Elements("0s", "100ms", "1s", "3s")
        from openAfter in Gen.Elements("0s", "100ms", "500ms", "2s")
        from openAfterMax in Gen.Elements("2s", "4s", "30s")
        from lastResort in Gen.Elements(false, true)
        select PolicyOf(rise, fall, closeAfter, openAfter, openAfterMax)
            .With(new Dictionary<string, string> { ["last-resort"] = lastResort ? "donor" : "none" });

    private static readonly Gen<Step> AnyStep =
        from wait in Gen.Elements(0, 1, 50, 100, 250, 250, 250, 250, 500, 1000, 1500, 5000, 61_000)
        from what in Gen.Frequency(
            (12, Gen.Constant(Kind.Synced)),
            (10, Gen.Elements(Kind.All.Keys.ToArray())),
            (2, Gen.Elements(Operator)),
            (1, Gen.Constant(Step.Stall)))
        from jump in Gen.Frequency((20, Gen.Constant(0)), (1, Gen.Choose(-24, 24)))
        select new Step(wait, what, jump);

    /// <summary>Observations alone, without an operator.</summary>
    public static Gen<IReadOnlyList<Step>> Observations { get; } = Gen.Sized(size =>
        from count in Gen.Choose(1, 5 + size)
        from steps in AnyStep.Where(step => step.IsObservation).ListOf(count)
        select (IReadOnlyList<Step>)[.. steps]);

    public static Gen<Story> Any { get; } = Gen.Sized(size =>
        from policy in Policies
        from count in Gen.Choose(1, 10 + (size * 2))
        from steps in AnyStep.ListOf(count)
        select new Story(policy, [.. steps]));

    /// <summary>An ordinary replica with a grace; its source comes and goes.</summary>
    public static Gen<Story> OfReplicas { get; } = Gen.Sized(size =>
        from policy in Policies
        from grace in Gen.Elements("0s", "1s", "5s")
        from count in Gen.Choose(1, 10 + (size * 2))
        from whats in Gen.Frequency(
            (6, Gen.Constant(Kind.Replicating)),
            (6, Gen.Constant(Kind.SourceLost)),
            (1, Gen.Elements(Kind.ApplierStopped, "refused", "timeout", Step.Stall))).ListOf(count)
        from waits in Gen.Elements(100, 250, 250, 250, 1000, 5000).ListOf(count)
        select new Story(
            policy.With(new Dictionary<string, string> { ["mode"] = "replica", ["replica-grace"] = grace }),
            [.. whats.Zip(waits, (what, wait) => new Step(wait, what))]));

    public static Policy PolicyOf(int rise, int fall, string closeAfter, string openAfter, string openAfterMax) =>
        Policy.Create(
            new Dictionary<string, string>
    {
        ["rise"] = $"{rise}",
        ["fall"] = $"{fall}",
        ["close-after"] = closeAfter,
        ["open-after"] = openAfter,
        ["open-after-max"] = openAfterMax,
    });

    /// <summary>Shorter stories, and stories with simpler steps.</summary>
    public IEnumerable<Story> Shrink()
    {
        for (var length = Steps.Count / 2; length > 0; length /= 2)
        {
            for (var at = 0; at + length <= Steps.Count; at += length)
            {
                yield return this with { Steps = [.. Steps.Take(at), .. Steps.Skip(at + length)] };
            }
        }

        for (var at = 0; at < Steps.Count; at++)
        {
            foreach (var plainer in new[]
            {
                Steps[at] with
                {
                    WallJump = 0,
                },
                Steps[at] with
                {
                    What = Kind.Synced,
                },
                Steps[at] with
                {
                    Wait = 250,
                },
            }.Where(step => step != Steps[at]))
            {
                // Only towards simpler steps: synced after 250 ms is the simplest.
                if (Complexity(plainer) < Complexity(Steps[at]))
                {
                    yield return this with { Steps = [.. Steps.Take(at), plainer, .. Steps.Skip(at + 1)] };
                }
            }
        }
    }

    /// <summary>The signals of the story, with their times.</summary>
    public IEnumerable<Signal> Signals(double from = 0) => Stamp(Steps, from);

    public static IEnumerable<Signal> Stamp(IEnumerable<Step> steps, double from = 0)
    {
        var (mono, jumped) = (from, 0);
        foreach (var step in steps)
        {
            mono += step.Wait / 1000.0;
            jumped += step.WallJump;
            var at = Given.Second(mono);
            at = at with { Utc = at.Utc.AddHours(jumped) };
            yield return step.What switch
            {
                Step.Hold => new HoldRequested(at, Holds.Operator, "root", "why"),
                Step.Release => new HoldReleased(at, Holds.Operator, "root"),
                Step.HoldByFile => new HoldRequested(at, Holds.File, "file", "it is there"),
                Step.ReleaseByFile => new HoldReleased(at, Holds.File, "file"),
                Step.Stall => new Stalled(at, TimeSpan.FromMilliseconds(step.Wait)),
                var kind => new Observed(at, Kind.All[kind]),
            };
        }
    }

    public override string ToString()
    {
        var gate = Policy.Gate;
        var fitness = Policy.Fitness;
        return $"last resort {fitness.LastResortDonor}, grace {Duration.Format(fitness.ReplicaGrace)}, "
            + $"rise {gate.Rise}, fall {gate.Fall}, close-after {Duration.Format(gate.CloseAfter)}, open-after "
            + $"{Duration.Format(gate.OpenAfter)} to {Duration.Format(gate.OpenAfterMax)}:\n  "
            + $"{string.Join("\n  ", Steps)}";
    }

    private static int Complexity(Step step) =>
        (step.WallJump != 0 ? 4 : 0) + (step.What != Kind.Synced ? 2 : 0) + (step.Wait != 250 ? 1 : 0);
}
