using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Infrastructure.Addresses;

/// <summary>
/// Accepts only addresses that cannot be misread. The runtime, like C, reads 010.0.0.1 as 8.0.0.1 and 10.1 as 10.0.0.1.
/// The author may have meant something else, and a rule would then admit the wrong hosts.
/// </summary>
public static class HostAddress
{
    /// <summary>
    /// An address: IPv4 as four decimal numbers without leading zeros, or IPv6 without brackets and zone; null for any
    /// other text.
    /// </summary>
    public static IPAddress? Parse(string text) =>
        !IPAddress.TryParse(text, out var address) ? null
        : address.AddressFamily == AddressFamily.InterNetwork ? (address.ToString() == text ? address : null)
        : text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.') && IsTailPlain(text) ? address
        : null;

    /// <summary>
    /// A network, or a single address; null if the text is neither, or has bits set beyond its prefix.
    /// </summary>
    public static IPNetwork? ParseNetwork(string text)
    {
        var parts = text.Split('/');
        if (parts.Length > 2 || Parse(parts[0]) is not { } address)
        {
            return null;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var isLength = int.TryParse(
            parts is [_, var digits] ? digits : $"{bits}",
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var length);
        return isLength && length <= bits
            && IPNetwork.TryParse($"{address}/{length}", out var network) && network.BaseAddress.Equals(address)
            ? network
            : null;
    }

    /// <summary>
    /// True for a host name. A text that ends in a number is not one, because a resolver would read it as an address.
    /// </summary>
    public static bool IsName(string text) =>
        Uri.CheckHostName(text) == UriHostNameType.Dns && !IsNumber(text.TrimEnd('.').Split('.')[^1]);

    private static bool IsNumber(string label) =>
        label.All(char.IsAsciiDigit)
        || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && label[2..].All(char.IsAsciiHexDigit));

    /// <summary>An IPv6 address may end in an IPv4 address.</summary>
    private static bool IsTailPlain(string text) =>
        !text.Contains('.', StringComparison.Ordinal) || Parse(text[(text.LastIndexOf(':') + 1)..]) is not null;
}
