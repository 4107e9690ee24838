using System.Globalization;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Where one gate has its socket and its FIFO: each gate port its own, so several gates live beside each other.
/// </summary>
internal static class GatePath
{
    public const string Off = "off";

    /// <summary>The hold file by default, in a folder where root alone writes.</summary>
    public const string HoldFile = "/etc/galeragate/hold";

    /// <summary>
    /// The name that clustercheck has; it counts beside the default, unless a hold file is configured.
    /// </summary>
    public const string OldHoldFile = "/var/tmp/clustercheck.disabled";

    /// <summary>The control socket; null for none.</summary>
    public static string? Control(Settings settings) => Of(settings, OptionTable.Control, "sock");

    /// <summary>The FIFO of wsrep_notify_cmd; null for none.</summary>
    public static string? Notify(Settings settings) => Of(settings, OptionTable.Notify, "notify");

    /// <summary>The files that hold: what is configured, else the default and the old name.</summary>
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
