using System.Globalization;
using System.Text;
using GaleraGate.Daemon.Loop;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Http;

/// <summary>The answer to a check: 200 or 503, and one line for people.</summary>
internal readonly record struct HealthAnswer(bool IsGood, string Words)
{
    public int Status => IsGood ? 200 : 503;

    public byte[] Body => Encoding.UTF8.GetBytes(Words + "\r\n");
}

/// <summary>
/// The checks that balancers and monitors make, one row each. They are answered from the loop's latest snapshot. If the
/// loop hangs, the snapshot is out of date and does not count.
/// </summary>
internal sealed class Health
{
    /// <summary>
    /// A loop that has taken no observation for this long hangs: no probe takes longer, and its last decision may be
    /// wrong by now.
    /// </summary>
    private readonly TimeSpan _hangsAfter;

    private readonly LatestSnapshot _latest;
    private readonly Clock _clock;
    private readonly Dictionary<string, Func<Snapshot, HealthAnswer>> _checks;

    public Health(LatestSnapshot latest, Clock clock, TimeSpan hangsAfter)
    {
        (_latest, _clock, _hangsAfter) = (latest, clock, hangsAfter);
        _checks = new(StringComparer.Ordinal)
        {
            ["/"] = OfGate,
            ["/gate"] = OfGate,
            ["/ready"] = OfVerdict,
            ["/live"] = OfLoop,
        };
    }

    /// <summary>The answer to a check; null if the path is unknown.</summary>
    public HealthAnswer? Of(string path)
    {
        if (!_checks.TryGetValue(path, out var check))
        {
            return null;
        }

        var shown = _latest.Current;
        var live = OfLoop(shown);
        return live.IsGood ? check(shown) : live;
    }

    private HealthAnswer OfLoop(Snapshot shown)
    {
        var age = _clock.Now().Since(shown.Memory.ObservedAt ?? shown.Standing.Started);
        return age > _hangsAfter
            ? new HealthAnswer(
                false,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{shown.Memory.Node}: the daemon hangs: its last observation is {age.Value.TotalSeconds:0.0} s old"
                ))
            : new HealthAnswer(true, $"{shown.Memory.Node}: the daemon works");
    }

    private static HealthAnswer OfGate(Snapshot shown)
    {
        var phase = shown.State.Phase;
        var isGranted = Redirect.Granted(shown.State, shown.Memory) is not null;
        var waits = phase.LetsTrafficIn() && !isGranted ? " (waits for the journal's disk)" : "";
        var gate = phase.ToString().ToLowerInvariant() + waits;
        return new HealthAnswer(isGranted, $"{shown.Memory.Node}: gate {gate}, {Why(shown)}");
    }

    private static HealthAnswer OfVerdict(Snapshot shown) =>
        new(shown.State.Verdict is { IsFit: true }, $"{shown.Memory.Node}: {Why(shown)}");

    private static string Why(Snapshot shown) => shown.State.Verdict switch
    {
        null => "not yet observed",
        { IsFit: true } fit => $"node fit: {fit.Headline}",
        var unfit => $"node unfit: {unfit.Value.Headline} ({Reason.Headline(unfit.Value.Reasons).Sentence})",
    };
}
