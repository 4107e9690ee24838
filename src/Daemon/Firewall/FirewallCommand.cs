using System.CommandLine;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// Firewall commands that do not need a daemon: removing the gate's own rules, and the firewall around the node.
/// </summary>
internal static class FirewallCommand
{
    public static Command Create() => new("firewall", "Look after the gate's rules, and after the node's own firewall")
    {
        PlanCommand.Create(),
        FirewallCheckCommand.Create(),
        ApplyCommand.Apply(),
        ApplyCommand.Remove(),
        ApplyCommand.Keeper(),
        PurgeCommand.Create(),
    };
}
