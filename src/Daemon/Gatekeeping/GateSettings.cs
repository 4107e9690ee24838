using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>Derives the configuration of a daemon's parts from the settings.</summary>
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

    /// <summary>The length of this gate's lease; null, and the reason, if there is to be none.</summary>
    /// <exception cref="FormatException">It would expire between two probes.</exception>
    public static TimeSpan? Lease(Settings settings, out string? none)
    {
        none = settings.Flag("dry-run") ? "dry run"
            : settings.Text("lease") == OptionValues.LeaseOff ? "--lease off"
            : null;
        if (none is not null)
        {
            return null;
        }

        var length = settings.Time("lease");
        var least = settings.Time("check-interval") + settings.Time("probe-timeout") + LeaseWorker.RefreshEvery;
        return length > least
            ? length
            : throw new FormatException(
                $"--lease {Duration.Format(length)} ends between two probes: it must be longer than "
                + $"check-interval + probe-timeout + 1s, which is {Duration.Format(least)}");
    }

    /// <summary>How much of the journal is kept.</summary>
    public static JournalRetention Retention(Settings settings) => new(
        OptionValues.ParseSize(settings.Text(OptionTable.JournalMaxSize.Name))!.Value,
        settings.Text("journal-max-age") is { Length: > 0 } days
            ? TimeSpan.FromDays(int.Parse(days, CultureInfo.InvariantCulture))
            : null);

    /// <summary>
    /// A dry run runs beside the daemon that uses the default path, so it has a socket or a FIFO only if one is named.
    /// </summary>
    public static string? PathOf(Settings settings, OptionRow row, Func<Settings, string?> path) =>
        settings.Flag("dry-run") && settings.Text(row.Name).Length == 0 ? null : path(settings);
}
