using System.CommandLine;
using System.Diagnostics;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// Removes everything of one gate from the kernel. If a call is interrupted, the next one finishes the work, because
/// each compares the existing rules with none.
/// </summary>
internal static class PurgeCommand
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// nf_tables removes a rule at once but releases its set a moment later; until then the set cannot be destroyed.
    /// </summary>
    private static readonly TimeSpan SetIsLetGo = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var wait = new Option<string>("--wait")
        {
            Description = "how long to wait for the xtables lock, and to try again what another program's change holds "
                + "up [default: 10s]",
            HelpName = "TIME",
            DefaultValueFactory = _ => "10s",
        };
        var command = new Command(
            "purge",
            "Take the gate's chain or table, its anchor, the jumps to it and its lease away. Connections made through "
            + "the gate may hang afterwards");
        var settings = Settings.For(command, [OptionTable.GatePort]);
        command.Options.Add(wait);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var limit = LimitOf(parsed.GetValue(wait)!);
            var port = settings.With(parsed).Port("gate-port");
            using var alone = GateLock.Take(port);
            return await PurgeAsync(port, limit, cancellationToken);
        });
        return command;
    }

    private static TimeSpan LimitOf(string text) =>
        Duration.Parse(text) is { } time && time <= TimeSpan.FromHours(1)
            ? time
            : throw new FormatException($"--wait takes a duration up to 1h, not '{text}'");

    private static async Task<int> PurgeAsync(ushort port, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var rules = new GateRules("-", port, port, [], false);
        using var tables = new IptablesGate(rules);
        using var native = new NativeGate(GateFirewall.Native(rules));
        IReadOnlyList<Family> byIptables = SystemCommand.Find("iptables") is null ? [] : Families.OfThisHost();
        var isDone = true;
        foreach (var family in byIptables.Append(Family.Inet))
        {
            isDone &= await PurgeAsync(
                family == Family.Inet ? native : tables,
                family,
                () => limit - Stopwatch.GetElapsedTime(started),
                cancellationToken);
        }

        if (!isDone)
        {
            await Console.Error.WriteLineAsync(
                $"galeragate: not everything is gone: galeragate firewall purge --gate-port {port} again takes the "
                + "rest");
            return 1;
        }

        await HostTrial.ClearAsync(byIptables, cancellationToken);
        using var lease = new KernelLease(port, TimeSpan.Zero);
        var until = Stopwatch.GetElapsedTime(started) + SetIsLetGo;
        var trouble = lease.Remove();
        while (trouble is not null && Stopwatch.GetElapsedTime(started) < until)
        {
            await Task.Delay(RetryAfter, cancellationToken);
            trouble = lease.Remove();
        }

        if (trouble is not null)
        {
            await Console.Error.WriteLineAsync(trouble);
        }

        return trouble is null ? 0 : 1;
    }

    /// <summary>Retries until done or out of time; reports what was removed, and the last failure.</summary>
    private static async Task<bool> PurgeAsync(
        IFirewall tables, Family family, Func<TimeSpan> left, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await tables.PurgeAsync(family, cancellationToken);
            var isLast = !result.HasFailed || left() <= TimeSpan.Zero;
            foreach (var @event in result.Facts.Select(GateDecider.EventOf))
            {
                var hasFailed = @event is RedirectChangeFailed;
                if (isLast || !hasFailed)
                {
                    await (hasFailed ? Console.Error : Console.Out).WriteLineAsync(
                        $"{EventNames.Name(@event)} {EventText.Of(@event)}");
                }
            }

            if (isLast)
            {
                return !result.HasFailed;
            }

            await Task.Delay(RetryAfter, cancellationToken);
        }
    }
}
