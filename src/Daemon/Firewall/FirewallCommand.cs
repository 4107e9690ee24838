using System.CommandLine;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// What can be done to the tables without a daemon: the gate's own rules taken away, and the firewall around the node.
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
