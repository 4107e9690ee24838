using System.Globalization;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Where a gate has its socket and its FIFO. The paths include the gate port, so that several gates can run side by
/// side.
/// </summary>
internal static class GatePath
{
    public const string Off = "off";

    /// <summary>The default hold file, in a folder where only root can write.</summary>
    public const string HoldFile = "/etc/galeragate/hold";

    /// <summary>
    /// The name used by clustercheck; it counts in addition to the default, unless a hold file is configured.
    /// </summary>
    public const string OldHoldFile = "/var/tmp/clustercheck.disabled";

    /// <summary>The control socket; null for none.</summary>
    public static string? Control(Settings settings) => Of(settings, OptionTable.Control, "sock");

    /// <summary>The FIFO of wsrep_notify_cmd; null for none.</summary>
    public static string? Notify(Settings settings) => Of(settings, OptionTable.Notify, "notify");

    /// <summary>The hold files: the configured ones, else the default and the old name.</summary>
    public static IReadOnlyList<string> HoldFiles(Settings settings) => settings.Text("hold-file") switch
    {
        "" => [],
        var path when settings.Strength("hold-file") > 0 => [path],
        var path => [path, OldHoldFile],
    };

    private static string? Of(Settings settings, OptionRow row, string ending) => settings.Text(row.Name) switch
    {
        Off => null,
        "" => string.Create(
            CultureInfo.InvariantCulture,
            $"/run/galeragate/gate-{settings.Port(OptionTable.GatePort.Name)}.{ending}"),
        var path => path,
    };
}
