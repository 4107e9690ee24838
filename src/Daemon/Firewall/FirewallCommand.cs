using System.CommandLine;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// What can be done to the tables without a daemon: the gate's own rules taken away, and the firewall around the node.
/// </summary>
internal static class FirewallCommand
{
    private const int Retries = 3;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(300);

    public static Command Create() => new("firewall", "Look after the gate's rules, and after the node's own firewall")
    {
        PlanCommand.Create(),
        FirewallCheckCommand.Create(),
        ApplyCommand.Apply(),
        ApplyCommand.Remove(),
        ApplyCommand.Keeper(),
        Purge(),
    };

    private static Command Purge()
    {
        var command = new Command(
            "purge",
            "Take the gate's chain, its anchor, the jumps to it and its lease away. Connections made through the gate "
            + "may hang afterwards");
        var settings = Settings.For(command, [OptionTable.GatePort]);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var port = settings.With(parsed).Port("gate-port");
            using var alone = GateLock.Take(port);
            using var tables = new IptablesGate(new GateRules("-", port, port, [], false));
            var failed = false;
            foreach (var family in Families.OfThisHost())
            {
                // Another program may change the tables at that very moment: what it holds up is tried again.
                var result = await tables.PurgeAsync(family, cancellationToken);
                for (var left = Retries; left > 0 && result.HasFailed; left--)
                {
                    await Task.Delay(RetryAfter, cancellationToken);
                    result = await tables.PurgeAsync(family, cancellationToken);
                }

                foreach (var @event in result.Facts.Select(GateDecider.EventOf))
                {
                    failed |= @event is RedirectChangeFailed;
                    await (@event is RedirectChangeFailed ? Console.Error : Console.Out).WriteLineAsync(
                        $"{EventNames.Name(@event)} {EventText.Of(@event)}");
                }
            }

            using var lease = new KernelLease(port, TimeSpan.Zero);
            if (lease.Remove() is { } trouble)
            {
                await Console.Error.WriteLineAsync(trouble);
                return 1;
            }

            return failed ? 1 : 0;
        });
        return command;
    }
}
