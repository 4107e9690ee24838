using System.Globalization;
using System.Net.Sockets;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Validates option values: each check describes in one line what is wrong with a value; null if it is valid.
/// </summary>
internal static class OptionValues
{
    /// <summary>Disables the HTTP port.</summary>
    public const string HttpOff = "off";

    /// <summary>The firewall backends, and the value that lets the program choose.</summary>
    public const string Auto = "auto";
    public const string Iptables = "iptables";
    public const string Nftables = "nftables";

    /// <summary>Disables the lease.</summary>
    public const string LeaseOff = "off";

    private static readonly (string Unit, long Bytes)[] Units =
        [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10)];

    public static string? Port(string value) => IsWhole(value, 1, ushort.MaxValue)
        ? null
        : $"a port is from 1 to 65535, not '{value}'";

    public static string? Backend(string value) => value is Auto or Iptables or Nftables
        ? null
        : $"{Auto}, {Iptables} or {Nftables}, not '{value}'";

    public static string? Days(string value) => IsWhole(value, 1, 36_500)
        ? null
        : $"whole days from 1 to 36500, not '{value}'";

    public static Func<string, string?> Between(TimeSpan least, TimeSpan most) => value =>
        Duration.Parse(value) is { } time && time >= least && time <= most
            ? null
            : $"a duration from {Duration.Format(least)} to {Duration.Format(most)} with its unit, such as 500ms, not "
                + $"'{value}'";

    public static Func<string, string?> Between(long least, long most) => value =>
        ParseSize(value) is { } size && size >= least && size <= most
            ? null
            : $"a size from {least >> 10}KiB to {most >> 30}GiB with its unit (KiB, MiB, GiB), not '{value}'";

    /// <summary>Parses a size with its unit; null if it is not valid.</summary>
    public static long? ParseSize(string value)
    {
        foreach (var (unit, bytes) in Units)
        {
            if (value.EndsWith(unit, StringComparison.Ordinal)
                && long.TryParse(value[..^3], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number < long.MaxValue / bytes)
            {
                return number * bytes;
            }
        }

        return null;
    }

    public static string? Lease(string value) =>
        value == LeaseOff
            || (Duration.Parse(value) is { } time
                && time >= TimeSpan.FromSeconds(2)
                && time <= TimeSpan.FromHours(1)
                && time.Ticks % TimeSpan.TicksPerSecond == 0)
            ? null
            : $"whole seconds from 2s to 1h, or off, not '{value}'";

    /// <summary>Names are used in the comments of rules, so they must not need quoting.</summary>
    public static string? NodeName(string value) =>
        value.Length is >= 1 and <= 64 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? null
            : $"a name has 1 to 64 letters, digits, dots, dashes and underscores, not '{value}'";

    public static string? Schema(string value) =>
        value.Length is >= 1 and <= 63
            && char.IsAsciiLetterLower(value[0])
            && value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? null
            : "a schema's name begins with a lower case letter and has lower case letters, digits and underscores, 63 "
                + $"at the most, not '{value}'";

    public static string? Source(string value) =>
        HostAddress.ParseNetwork(value) is not null || HostAddress.IsName(value)
            ? null
            : $"an address, a network or a host name, not '{value}'";

    public static string? Peer(string value) =>
        OtherGates.IsPeer(value) || HostAddress.ParseNetwork(value) is not null
            ? null
            : $"a host or address, with or without :PORT, or a network, not '{value}'";

    public static string? AnyNetwork(string value) =>
        HostAddress.ParseNetwork(value) is not null
            ? null
            : $"an address or a network such as 10.0.0.0/8 or fd00::/8, not '{value}'";

    public static Func<string, string?> Network(AddressFamily family)
    {
        var words = family == AddressFamily.InterNetwork
            ? "IPv4 network such as 10.0.0.0/8"
            : "IPv6 network such as fd00::/8";
        return value => HostAddress.ParseNetwork(value)?.BaseAddress.AddressFamily == family
            ? null
            : $"an {words}, not '{value}'";
    }

    public static string? HttpAddress(string value) =>
        value == HttpOff || ListenAddress.Parse(value).Count > 0
            ? null
            : $"ADDR:PORT such as 10.0.0.1:9200 or [fd00::1]:9200, PORT, *:PORT, or off, not '{value}'";

    public static string? Folder(string value) =>
        Directory.Exists(value) ? null : $"there is no directory '{value}'";

    private static bool IsWhole(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least
        && number <= most;
}
