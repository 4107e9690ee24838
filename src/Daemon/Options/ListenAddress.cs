using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Daemon.Options;

/// <summary>Where to listen, as people write it.</summary>
internal static class ListenAddress
{
    /// <summary>
    /// The endpoints of PORT or localhost:PORT (loopback of each family that the host has), *:PORT (every address) or ADDR:PORT; none where the text is
    /// something else. An IPv6 address stands in brackets.
    /// </summary>
    public static IReadOnlyList<IPEndPoint> Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var (host, digits) = colon < 0 ? ("localhost", text) : (text[..colon], text[(colon + 1)..]);
        if (!ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            return [];
        }

        return host switch
        {
            "localhost" => Socket.OSSupportsIPv6 ? [new(IPAddress.Loopback, port), new(IPAddress.IPv6Loopback, port)] : [new(IPAddress.Loopback, port)],
            "*" => [new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port)],
            ['[', .. var inside, ']'] when IPAddress.TryParse(inside, out var ipv6) && ipv6.AddressFamily == AddressFamily.InterNetworkV6 => [new(ipv6, port)],
            _ when host.Contains('.', StringComparison.Ordinal) && IPAddress.TryParse(host, out var ipv4) && ipv4.AddressFamily == AddressFamily.InterNetwork => [new(ipv4, port)],
            _ => [],
        };
    }
}
