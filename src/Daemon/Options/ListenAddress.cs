using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Infrastructure.Addresses;

namespace GaleraGate.Daemon.Options;

/// <summary>Parses the address to listen on.</summary>
internal static class ListenAddress
{
    /// <summary>
    /// The endpoints of PORT or localhost:PORT (loopback of each address family that the host has), *:PORT (every
    /// address) or ADDR:PORT; empty for any other text. An IPv6 address is in brackets.
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
            "localhost" => Socket.OSSupportsIPv6
                ? [new(IPAddress.Loopback, port), new(IPAddress.IPv6Loopback, port)]
                : [new(IPAddress.Loopback, port)],
            "*" => [new(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port)],
            ['[', .. var inside, ']']
                when HostAddress.Parse(inside) is { AddressFamily: AddressFamily.InterNetworkV6 } ipv6 =>
            [
                new(ipv6, port),
            ],
            _ when HostAddress.Parse(host) is { AddressFamily: AddressFamily.InterNetwork } ipv4 => [new(ipv4, port)],
            _ => [],
        };
    }
}
