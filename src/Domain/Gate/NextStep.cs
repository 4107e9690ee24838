using System.Globalization;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>What the gate waits for, in words and in numbers.</summary>
/// <param name="Words">Part of a sentence for people, such as <c>opens after 2 more fit observations and 1.4
/// s</c>.</param>
/// <param name="Observations">The minimum number of further observations of this kind; null if none are
/// counted.</param>
/// <param name="Time">The minimum further time; null if no time is running.</param>
public sealed record NextStep(string Words, int? Observations = null, TimeSpan? Time = null)
{
    public static NextStep Of(GateState state, GateMemory memory, Instant now)
    {
        var policy = memory.Policy.Gate;
        return memory.Stopping ? new NextStep("stopping") : state.Phase switch
        {
            GatePhase.Held => new NextStep($"stays closed until {Until(state.Holds)}"),
            GatePhase.Closed or GatePhase.Opening when memory.Verdict is null =>
                new NextStep("waits for the first observation"),
            GatePhase.Closed when memory.Verdict is { IsFit: false } unfit => Awaiting(unfit, policy, state.OpenAfter),
            GatePhase.Closed or GatePhase.Opening =>
                Counted("opens", "fit", RunOf(memory, fit: true), policy.Rise, state.OpenAfter, now),
            GatePhase.Closing =>
                Counted("closes", "unfit", RunOf(memory, fit: false), policy.Fall, policy.CloseAfter, now),
            GatePhase.Open => WhileOpen(state, memory),
        };
    }

    private static RunLength RunOf(GateMemory memory, bool fit) => memory.Run.Fit == fit ? memory.Run : default;

    private static NextStep WhileOpen(GateState state, GateMemory memory)
    {
        if (Redirect.Wanted(state, memory)?.Opened is null)
        {
            var why = memory.JournalTrouble is { } trouble ? $": {trouble}" : "";
            return new NextStep($"the redirect follows once event #{state.Opened} is on disk{why}");
        }

        if (!Redirect.IsReached(state, memory))
        {
            return new NextStep("the redirect is being made");
        }

        var policy = memory.Policy.Gate;
        var (fall, time) = (Number(policy.Fall, "unfit observation"), Seconds(policy.CloseAfter));
        return new NextStep($"stays open; a debounced reason gets a grace of {fall} in a row and {time}");
    }

    /// <summary>Names the reasons that must end before counting begins.</summary>
    private static NextStep Awaiting(Verdict unfit, GatePolicy policy, TimeSpan openAfter)
    {
        var reasons = string.Join(", ", Reason.Of(unfit.Reasons).Select(reason => reason.Name));
        var row = $"{Number(policy.Rise, "fit observation")} in a row and {Seconds(openAfter)}";
        return new NextStep($"waits for {reasons} to end; then opens after {row}", policy.Rise, openAfter);
    }

    private static NextStep Counted(
        string does, string kind, RunLength run, int count, TimeSpan duration, Instant now)
    {
        if (run.Count == 0)
        {
            var row = $"{Number(count, $"{kind} observation")} in a row and {Seconds(duration)}";
            return new NextStep($"{does} after {row}", count, duration);
        }

        var left = Math.Max(0, count - run.Count);
        var time = duration - (now.Since(run.First) ?? TimeSpan.Zero);
        time = time > TimeSpan.Zero ? time : TimeSpan.Zero;
        var words = (left, time > TimeSpan.Zero) switch
        {
            (0, false) => $"with the next {kind} observation",
            (0, true) => $"after {Seconds(time)} more",
            (_, false) => $"after {Number(left, $"more {kind} observation")}",
            (_, true) => $"after {Number(left, $"more {kind} observation")} and {Seconds(time)}",
        };
        return new NextStep($"{does} {words}", left, time);
    }

    private static readonly (Holds Hold, string End)[] Ends =
    [
        (Holds.Operator, "galeragate release"),
        (Holds.File, "the hold file is removed"),
        (Holds.Service, "the server's unit has started it (galeragate release --service)"),
    ];

    private static string Until(Holds holds) =>
        string.Join(", and ", Ends.Where(row => holds.HasFlag(row.Hold)).Select(row => row.End));

    private static string Number(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0##} s");
}
