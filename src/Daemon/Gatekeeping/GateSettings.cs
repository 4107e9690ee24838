using System.Globalization;
using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>What the settings mean for the parts of a daemon.</summary>
internal static class GateSettings
{
    /// <summary>The rules of this gate.</summary>
    /// <exception cref="FormatException">The ports are the same.</exception>
    public static GateRules Rules(Settings settings)
    {
        var (gate, server) = (settings.Port("gate-port"), settings.Port("server-port"));
        if (gate == server)
        {
            throw new FormatException($"--gate-port and --server-port are both {gate}: they must differ");
        }

        var sources = settings.List("source-address").Concat(settings.List("source-address-ipv6"));
        var node = settings.Text("node") is { Length: > 0 } name ? name : Environment.MachineName;
        if (OptionValues.NodeName(node) is { } wrong)
        {
            throw new FormatException($"the host's name cannot name the node, give --node: {wrong}");
        }

        var networks = sources.Select(source => HostAddress.ParseNetwork(source)!.Value);
        return new GateRules(node, gate, server, [.. networks], settings.Flag("local-clients"));
    }

    /// <summary>The lease of this gate; where there is none, why.</summary>
    /// <exception cref="FormatException">It would end between two probes.</exception>
    public static KernelLease? Lease(Settings settings, ushort gatePort, out string? none)
    {
        if (settings.Flag("dry-run"))
        {
            none = "dry run";
            return null;
        }

        if (settings.Text("lease") == OptionValues.LeaseOff)
        {
            none = "--lease off";
            return null;
        }

        var length = settings.Time("lease");
        var least = settings.Time("check-interval") + settings.Time("probe-timeout") + LeaseWorker.RefreshEvery;
        if (length <= least)
        {
            throw new FormatException(
                $"--lease {Duration.Format(length)} ends between two probes: it must be longer than "
                + $"check-interval + probe-timeout + 1s, which is {Duration.Format(least)}");
        }

        var lease = new KernelLease(gatePort, length);
        none = lease.Prepare();
        if (none is null)
        {
            return lease;
        }

        lease.Dispose();
        return null;
    }

    /// <summary>How much of the journal is kept.</summary>
    public static JournalRetention Retention(Settings settings) => new(
        OptionValues.ParseSize(settings.Text(OptionTable.JournalMaxSize.Name))!.Value,
        settings.Text("journal-max-age") is { Length: > 0 } days
            ? TimeSpan.FromDays(int.Parse(days, CultureInfo.InvariantCulture))
            : null);

    /// <summary>The families whose rules are kept; none for a dry run.</summary>
    public static IReadOnlyList<Family> FamiliesToKeep(Settings settings, ILogger log)
    {
        if (settings.Flag("dry-run"))
        {
            Log.DryRun(log);
            return [];
        }

        var families = Families.OfThisHost();
        if (!families.Contains(Family.Ipv6))
        {
            Log.NoIpv6(log);
        }

        return families;
    }

    /// <summary>
    /// A dry run watches beside the daemon whose place the default is: it has a socket or a FIFO only if one is named.
    /// </summary>
    public static string? PathOf(Settings settings, OptionRow row, Func<Settings, string?> path) =>
        settings.Flag("dry-run") && settings.Text(row.Name).Length == 0 ? null : path(settings);
}
