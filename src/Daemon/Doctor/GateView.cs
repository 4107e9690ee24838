using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// Whether the kernel lets clients through a gate at present, according to its rules and its set, not the daemon.
/// </summary>
/// <param name="IsOpen">Null if unknown.</param>
internal sealed record GateView(bool? IsOpen, string? Trouble)
{
    public static async Task<GateView> LookAsync(Family family, ushort gatePort, CancellationToken cancellationToken)
    {
        using var native = new NativeGate(new NativeRules("-", gatePort, gatePort, [], false));
        using var element = new NativeLease(gatePort, TimeSpan.Zero);
        var seen = await native.LookAsync(Family.Inet, cancellationToken);
        if (seen.Redirects?.Any(rule =>
            Serves(rule, family) && (!NativeRules.IsLeased(rule) || element.Lives())) is true)
        {
            return new GateView(true, null);
        }

        if (SystemCommand.Find("iptables") is null)
        {
            return seen.Failure is { } failure
                ? new GateView(null, failure.StandardError)
                : new GateView(false, null);
        }

        var listed = await new IptablesCommand(SystemCommand.RunAsync).ListAsync(family, cancellationToken);
        if (!listed.Succeeded)
        {
            return new GateView(null, listed.Error);
        }

        using var lease = new KernelLease(gatePort, TimeSpan.Zero);
        var ours = TableRules.Read(GateRules.ChainOf(gatePort), listed.Output);
        return new GateView(ours.Redirects.Any(rule => !IsLeased(rule) || lease.Lives()), null);
    }

    private static bool IsLeased(string rule) => rule.Contains(" --match-set ", StringComparison.Ordinal);

    /// <summary>A rule of nftables serves both address families unless it names a network or a family.</summary>
    private static bool Serves(string rule, Family family)
    {
        string[] others = family == Family.Ipv6 ? [" ip saddr ", " nfproto ipv4 "] : [" ip6 saddr ", " nfproto ipv6 "];
        return !others.Any(words => rule.Contains(words, StringComparison.Ordinal));
    }
}
