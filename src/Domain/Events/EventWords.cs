using System.Globalization;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Events;

/// <summary>Parts of the text for events.</summary>
public static class EventWords
{
    public static string Verdict(Verdict verdict) => verdict.IsFit
        ? $"fit: {verdict.Headline}"
        : $"unfit: {string.Join(", ", Reason.Of(verdict.Reasons).Select(reason => reason.Name))}";

    internal static string Observation(Observation o) => o.Error != ProbeError.None
        ? $"{o.Error.Name()}{After(": ", o.ErrorDetail)}"
        : $"state {o.LocalState.Text ?? "-"} {o.LocalStateComment}, {o.ClusterStatus ?? "-"}, "
            + $"ready {o.Ready.Text ?? "-"}, read_only {o.ReadOnly.Text ?? "-"}, method {o.SstMethod ?? "-"}, "
            + $"size {o.ClusterSize.Text ?? "-"}";

    internal static string Step(NodeStateChanged e) => e.Class switch
    {
        null => $"{e.From} -> {e.To}",
        StepClass.Explained => $"{e.From} -> {e.To} (explained: {e.Path})",
        { } step => $"{e.From} -> {e.To} ({step.ToString().ToLowerInvariant()})",
    };

    internal static string Closed(GateClosed e) => string.Create(
        CultureInfo.InvariantCulture,
        $"closed: {e.Reason}; opens after {Seconds(e.OpenAfter)} of fitness (penalty {e.Penalty:0.##})");

    internal static string Drift(DriftFound e)
    {
        var what = e.IsThere ? "is there and was not made here" : "is gone and was not removed here";
        return $"{Name(e.Family)}: {what}: {e.Rule}";
    }

    internal static string Mended(DriftMended e)
    {
        var what = e.Rules == 0
            ? "repaired: the rules were in another order"
            : string.Create(CultureInfo.InvariantCulture, $"repaired, {e.Rules} rules");
        return $"{Name(e.Family)}: {what} ({Milliseconds(e.Elapsed)})";
    }

    internal static string Lapse(LeaseLapsed e) => e.Unrefreshed is { } time
        ? $"the lease lapsed: the daemon did not refresh it for {Seconds(time)}, clients were refused meanwhile"
        : "the lease lapsed before this daemon started: "
            + "clients were refused meanwhile, and the old redirect is not adopted";

    internal static string Failed(RedirectChangeFailed e) =>
        $"{Name(e.Change.Family)}: {e.Change.Argv}: exit {e.Change.ExitCode}: {e.StandardError}";

    internal static string Change(RuleChange change) =>
        $"{Name(change.Family)}: {change.Rule} ({Milliseconds(change.Elapsed)})";

    internal static string Brief(string what, RuleChange change) =>
        $"{what}, {Name(change.Family)} ({Milliseconds(change.Elapsed)})";

    internal static string Changes(IReadOnlyDictionary<string, string> settings) =>
        string.Join(", ", settings.Select(setting => $"{setting.Key} = {setting.Value}"));

    /// <summary>The text with a prefix; empty if there is no text.</summary>
    internal static string After(string before, string? text) => text is null ? "" : before + text;

    internal static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s");

    private static string Milliseconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.#} ms");

    private static string Name(Family family) => family.ToString().ToLowerInvariant();
}
