using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace GaleraGate.Infrastructure.Knock;

/// <summary>
/// Chooses the source address of the test client. During the test this host reaches that address only at the test
/// client, so it must not be the address of any real host.
/// </summary>
public static class StrangerAddress
{
    /// <summary>An address reserved for documentation, which no host has.</summary>
    public static IPAddress OfNobody(AddressFamily family)
    {
        const int Hosts = 250;
        var host = (byte)(2 + Environment.ProcessId % Hosts);
        byte[] ipv4 = [192, 0, 2, host];
        byte[] ipv6 = [0x20, 0x01, 0x0d, 0xb8, 0x47, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, host];
        return new IPAddress(family == AddressFamily.InterNetworkV6 ? ipv6 : ipv4);
    }

    /// <summary>Whether an address is one of those reserved ones.</summary>
    public static bool IsOfNobody(IPAddress address) =>
        address.GetAddressBytes() is [192, 0, 2, _] or [0x20, 0x01, 0x0d, 0xb8, 0x47, 0x47, ..];

    /// <summary>
    /// An address within a network with which this host has no neighbour entry, no connection and no interface; null if
    /// the network is too small to find one by chance.
    /// </summary>
    public static IPAddress? Within(IPNetwork network)
    {
        const int LeastHostBits = 8;
        const int Tries = 16;
        var bytes = network.BaseAddress.GetAddressBytes();
        if (bytes.Length * 8 - network.PrefixLength < LeastHostBits)
        {
            return null;
        }

        var nobody = OfNobody(network.BaseAddress.AddressFamily);
        if (network.Contains(nobody))
        {
            return nobody;
        }

        var taken = Taken();
        return Enumerable.Range(0, Tries)
            .Select(_ => AtRandom(network, bytes))
            .FirstOrDefault(address => !taken.Contains(address));
    }

    private static IPAddress AtRandom(IPNetwork network, byte[] start)
    {
        const byte First = 2;
        const byte Last = 253;
        var bytes = RandomNumberGenerator.GetBytes(start.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(network.PrefixLength - i * 8, 0, 8);
            var mask = (byte)(0xff << (8 - kept));
            bytes[i] = (byte)((start[i] & mask) | (bytes[i] & ~mask));
        }

        // Avoid the network and broadcast addresses; the first and last ones are often routers.
        bytes[^1] = Math.Clamp(bytes[^1], First, Last);
        return new IPAddress(bytes);
    }

    private static HashSet<IPAddress> Taken()
    {
        var hosts = IPGlobalProperties.GetIPGlobalProperties();
        return
        [
            .. OwnAddresses.All(),
            .. hosts.GetActiveTcpConnections().Select(connection => Plain(connection.RemoteEndPoint.Address)),
            .. Neighbours(),
        ];
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IEnumerable<IPAddress> Neighbours()
    {
        try
        {
            return
            [
                .. File.ReadLines("/proc/net/arp")
                    .Skip(1)
                    .Select(line => IPAddress.TryParse(line.Split(' ')[0], out var address) ? address : null)
                    .OfType<IPAddress>(),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
