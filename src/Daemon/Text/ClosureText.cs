using GaleraGate.Domain;
using GaleraGate.Domain.Audit;

namespace GaleraGate.Daemon.Text;

/// <summary>Formats a closure in one line.</summary>
internal static class ClosureText
{
    /// <summary>The text for the end of a closure that has not ended.</summary>
    public const string OpenEnd = "the end of the record";

    /// <param name="with">The nodes with related closures.</param>
    public static Line Of(Closure closure, IReadOnlyList<string> with, Func<Instant, string> time) =>
        Line.Of($"{closure.Node} ", Tone.Strong)
            .Add(closure.Earliest is { } earliest ? $"between {time(earliest)} and " : "")
            .Add($"{time(closure.From)} to {(closure.To is { } to ? time(to) : OpenEnd)}")
            .Add(closure.Lasted is { } lasted ? $", closed for {Lasting.Of(lasted.TotalSeconds)}" : ", closed still")
            .Add($": {Reason(closure)}", closure.IsPlanned || closure.IsFirstStart ? Tone.Caution : Tone.Bad)
            .Add(Rest(closure))
            .Add(with.Count > 0 ? $"; together with {string.Join(" and ", with)}" : "")
            .Add(
                closure.IsDoubtful ? "  DAMAGED OR EDITED: one of its events was changed" : "", Tone.Bad);

    /// <summary>The reason, and whether it was planned.</summary>
    public static string Reason(Closure closure) => closure switch
    {
        { IsFirstStart: true } => $"{closure.Reason} for the first time",
        { IsPlanned: true } => $"{closure.Reason} (planned)",
        _ => closure.Reason,
    };

    /// <summary>For how long the node was unfit; null if it still is.</summary>
    public static TimeSpan? Unfit(Closure closure) => (closure.FitAgain ?? closure.To) is { } fit
        ? fit.Since(closure.From) ?? fit.Utc - closure.From.Utc
        : null;

    private static string Rest(Closure closure) => (closure.Lasted, Unfit(closure)) switch
    {
        ({ } all, { } unfit) when all > unfit =>
            $"; then {Lasting.Of((all - unfit).TotalSeconds)} for {closure.WaitedFor}",
        ({ }, _) => $"; waited for {closure.WaitedFor}",
        _ => $"; waits for {closure.WaitedFor}",
    };
}
