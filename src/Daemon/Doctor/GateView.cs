using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Whether the kernel lets clients through a gate at present: from its tables and its set, not from the daemon.</summary>
/// <param name="IsOpen">Null when it is not known.</param>
internal sealed record GateView(bool? IsOpen, string? Trouble)
{
    public static async Task<GateView> LookAsync(Family family, ushort gatePort, CancellationToken cancellationToken)
    {
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
}
