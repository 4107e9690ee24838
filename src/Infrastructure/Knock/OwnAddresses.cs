using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace GaleraGate.Infrastructure.Knock;

/// <summary>The addresses of this host.</summary>
public static class OwnAddresses
{
    public static IReadOnlyList<IPAddress> All() =>
    [
        .. NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Distinct(),
    ];

    /// <summary>The addresses of a family that a client on another host can use.</summary>
    public static IReadOnlyList<IPAddress> ForClients(AddressFamily family) =>
    [
        .. All().Where(address =>
            address.AddressFamily == family && !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal),
    ];
}
