using GaleraGate.Daemon.Options;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>The backend that keeps the gate, and why it was chosen.</summary>
/// <param name="Unable">What it cannot do here; null if it was not tried.</param>
internal sealed record FirewallChoice(bool IsNative, string Why, IReadOnlyList<Inability>? Unable)
{
    public string Name => IsNative ? OptionValues.Nftables : OptionValues.Iptables;

    /// <summary>
    /// Chooses as --firewall says. With auto: iptables if it works here, including the set, else nftables if that
    /// works. A backend that is only blocked for a moment counts as working.
    /// </summary>
    public static async Task<FirewallChoice> MakeAsync(
        Settings settings, ushort gatePort, bool isLeased, CancellationToken cancellationToken)
    {
        var asked = settings.Text(OptionTable.FirewallBackend.Name);
        if (asked != OptionValues.Auto)
        {
            return new FirewallChoice(asked == OptionValues.Nftables, $"--firewall {asked}", null);
        }

        using var kept = new KernelLease(gatePort, TimeSpan.Zero);
        if (isLeased && kept.Lives())
        {
            return new FirewallChoice(false, "auto: it keeps the gate that is open", null);
        }

        var trial = new HostTrial(SystemCommand.RunAsync, isLeased);
        IReadOnlyList<Inability> byIptables =
        [
            .. (await trial.TryAsync(Families.OfThisHost(), cancellationToken)).Values,
            .. isLeased && HostTrial.TrySet() is { } noSet ? [noSet] : Array.Empty<Inability>(),
        ];
        return byIptables switch
        {
            [] => new FirewallChoice(false, "auto: it works here", byIptables),
            _ when byIptables.Any(one => one.IsPassing) =>
                new FirewallChoice(false, $"auto: {byIptables[0].Says}, which passes", byIptables),
            _ when NativeTrial.Try() is { } unable =>
                new FirewallChoice(false, $"auto: {unable.Says}", byIptables),
            _ => new FirewallChoice(true, $"auto: {byIptables[0].Says}", []),
        };
    }

    /// <summary>Tries now what the choice itself did not need to try.</summary>
    public async Task<IReadOnlyList<Inability>> TryAsync(
        bool isLeased, CancellationToken cancellationToken) => this switch
    {
        { Unable: { } known } => known,
        { IsNative: true } => NativeTrial.Try() is { } unable ? [unable] : [],
        _ => [
            .. (await new HostTrial(SystemCommand.RunAsync, isLeased)
                .TryAsync(Families.OfThisHost(), cancellationToken)).Values,
        ],
    };
}
