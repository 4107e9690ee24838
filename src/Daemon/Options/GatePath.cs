using System.Globalization;

namespace GaleraGate.Daemon.Options;

/// <summary>Where one gate has its socket and its FIFO: each gate port its own, so several gates live beside each other.</summary>
internal static class GatePath
{
    public const string Off = "off";

    /// <summary>The control socket; null for none.</summary>
    public static string? Control(Settings settings) => Of(settings, OptionTable.Control, "sock");

    /// <summary>The FIFO of wsrep_notify_cmd; null for none.</summary>
    public static string? Notify(Settings settings) => Of(settings, OptionTable.Notify, "notify");

    private static string? Of(Settings settings, OptionRow row, string ending) => settings.Text(row.Name) switch
    {
        Off => null,
        "" => string.Create(CultureInfo.InvariantCulture, $"/run/galeragate/gate-{settings.Port(OptionTable.GatePort.Name)}.{ending}"),
        var path => path,
    };
}
