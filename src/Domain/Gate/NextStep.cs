using System.Globalization;
using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>What the gate waits for, in words and in numbers.</summary>
/// <param name="Words">One sentence part for people, such as <c>opens after 2 more fit observations and 1.4 s</c>.</param>
/// <param name="Observations">How many more observations of this kind it takes at least; null where none count.</param>
/// <param name="Time">How much longer it takes at least; null where no time runs.</param>
public sealed record NextStep(string Words, int? Observations = null, TimeSpan? Time = null)
{
    public static NextStep Of(GateState state, GateMemory memory, Instant now)
    {
        var policy = memory.Policy.Gate;
        return memory.Stopping ? new NextStep("stopping") : state.Phase switch
        {
            GatePhase.Held => new NextStep($"stays closed until {Until(state.Holds)}"),
            GatePhase.Closed or GatePhase.Opening => memory.Verdict is null
                ? new NextStep("waits for the first observation")
                : Counted("opens", "fit", memory.Run is { Fit: true } fit ? fit : default, policy.Rise, state.OpenAfter, now),
            GatePhase.Closing => Counted("closes", "unfit", memory.Run is { Fit: false } unfit ? unfit : default, policy.Fall, policy.CloseAfter, now),
            GatePhase.Open => WhileOpen(state, memory),
        };
    }

    private static NextStep WhileOpen(GateState state, GateMemory memory)
    {
        if (Redirect.Wanted(state, memory)?.Opened is null)
        {
            return new NextStep($"the redirect follows once event #{state.Opened} is on disk{(memory.JournalTrouble is { } why ? $": {why}" : "")}");
        }

        var policy = memory.Policy.Gate;
        return new NextStep(!Redirect.IsReached(state, memory)
            ? "the redirect is being made"
            : $"stays open; closes at once for an immediate reason, for a debounced one after {Number(policy.Fall, "unfit observation")} in a row and {Seconds(policy.CloseAfter)}");
    }

    private static NextStep Counted(string does, string kind, RunLength run, int count, TimeSpan duration, Instant now)
    {
        if (run.Count == 0)
        {
            return new NextStep($"{does} after {Number(count, $"{kind} observation")} in a row and {Seconds(duration)}", count, duration);
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
        (Holds.Operator, "galeragate release"), (Holds.File, "the hold file is removed"), (Holds.Service, "the server's unit has started it (galeragate release --service)"),
    ];

    private static string Until(Holds holds) => string.Join(", and ", Ends.Where(row => holds.HasFlag(row.Hold)).Select(row => row.End));

    private static string Number(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0##} s");
}
