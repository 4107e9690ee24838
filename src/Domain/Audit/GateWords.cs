using System.Globalization;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>The two things that people ask about a gate: why it is open or closed, and what happens next.</summary>
/// <param name="Why">Such as <c>read_only is ON</c>.</param>
/// <param name="Next">Such as <c>opens 3 good probes after read_only is OFF</c>.</param>
public sealed record GateWords(string Why, string Next)
{
    private static readonly Dictionary<string, string> Turns = new(StringComparer.Ordinal)
    {
        ["stopped"] = "the daemon was stopped",
        ["held"] = "the gate was held",
        [GateDecider.LapsedReason] = "the lease ended: the daemon stalled",
    };

    public static GateWords Of(GateState state, GateMemory memory, Standing standing, Instant now) =>
        new(WhyOf(state, memory, standing), NextOf(state, memory, now));

    private static string WhyOf(GateState state, GateMemory memory, Standing standing)
    {
        var unfit = Unfit(state);
        var seen = unfit == Reasons.None ? null : ReasonWords.SeenOf(unfit, memory.Answer ?? state.Answer);
        var held = standing.Holds.Select(hold => $"held by {hold.By}: {hold.Why}").ToList();
        return state.Phase switch
        {
            GatePhase.Held => string.Join(", ", [.. held, .. seen is null ? [] : new[] { seen }]),
            _ when seen is not null => seen,
            _ when state.Verdict is null => "the server has not answered yet",
            GatePhase.Open or GatePhase.Closing => $"the node is fit: {state.Verdict.Value.Headline}",
            _ => $"{WasOf(standing)}; the node is fit now",
        };
    }

    /// <summary>What had closed the gate of a node that is fit again.</summary>
    private static string WasOf(Standing standing) => standing.GateEvent?.Event switch
    {
        GateClosed e when Turns.TryGetValue(e.Reason, out var words) => words,
        GateClosed e => Reason.All.FirstOrDefault(row => row.Name == e.Reason)?.Sentence ?? e.Reason,
        LeaseLapsed => Turns[GateDecider.LapsedReason],
        _ => "the daemon has just started",
    };

    private static string NextOf(GateState state, GateMemory memory, Instant now)
    {
        if (memory.Stopping)
        {
            return "the daemon is stopping";
        }

        var unfit = Unfit(state);
        string[] holds = [.. HoldEnds.Where(row => state.Holds.HasFlag(row.Hold)).Select(row => row.End)];
        string[] ends = [.. holds, .. unfit == Reasons.None ? [] : new[] { ReasonWords.UntilOf(unfit) }];
        return state.Phase switch
        {
            GatePhase.Open => WhileOpen(state, memory, now),
            GatePhase.Closing => $"closes {Left(memory, state, now)} unless {ReasonWords.UntilOf(unfit)}",
            _ when memory.Verdict is null && holds.Length == 0 =>
                $"opens {Row(state, memory)} after the server answers",
            _ when ends.Length > 0 => $"opens {Row(state, memory)} after {string.Join(" and ", ends)}",
            _ => $"opens {Left(memory, state, now)}",
        };
    }

    private static string WhileOpen(GateState state, GateMemory memory, Instant now)
    {
        var gate = memory.Policy.Gate;
        return Redirect.IsReached(state, memory) && Redirect.Wanted(state, memory)?.Opened is not null
            ? $"closes at once when the node is unfit; a soft fault gets {Probes(gate.Fall, "bad")} and "
                + Seconds(gate.CloseAfter)
            : NextStep.Of(state, memory, now).Words;
    }

    /// <summary>The whole row of good probes that is required.</summary>
    private static string Row(GateState state, GateMemory memory)
    {
        var gate = memory.Policy.Gate;
        var probes = Probes(gate.Rise, "good");
        return state.OpenAfter > gate.OpenAfter ? $"{probes} and {Seconds(state.OpenAfter)} (back-off)" : probes;
    }

    /// <summary>The rest of a row of good probes that has begun.</summary>
    private static string Left(GateMemory memory, GateState state, Instant now)
    {
        var gate = memory.Policy.Gate;
        var isFit = !state.Phase.LetsTrafficIn();
        var (count, time, kind) =
            isFit ? (gate.Rise, state.OpenAfter, "good") : (gate.Fall, gate.CloseAfter, "bad");
        var run = memory.Run.Fit == isFit ? memory.Run : default;
        var probes = Math.Max(1, count - run.Count);
        var left = run.Count == 0 ? time : time - (now.Since(run.First) ?? TimeSpan.Zero);
        var backsOff = isFit && state.OpenAfter > gate.OpenAfter ? " (back-off)" : "";
        return left > TimeSpan.Zero
            ? $"in {Seconds(left)} and {Probes(probes, kind)}{backsOff}"
            : $"with {(probes == 1 ? $"the next {kind} probe" : Probes(probes, kind))}";
    }

    private static Reasons Unfit(GateState state) => (state.Verdict ?? default).Reasons & ~Reasons.Held;

    private static readonly (Holds Hold, string End)[] HoldEnds =
    [
        (Holds.Operator, "galeragate release"),
        (Holds.File, "the hold file is removed"),
        (Holds.Service, "the server's unit has started it"),
    ];

    private static string Probes(int count, string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {kind} probe{(count == 1 ? "" : "s")}");

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
