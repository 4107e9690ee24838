using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>Another node's gate, and what a client met there.</summary>
/// <param name="IsOpen">A server greeted.</param>
public sealed record OtherGate(string Address, bool IsOpen);

/// <summary>
/// Knocks at the gates of the other nodes, as a client does. The nodes are those that are named, or else those that the server knows. Each knock that is
/// answered is an aborted handshake in that server's statistics.
/// </summary>
public sealed class OtherGates(IReadOnlyList<string> peers, ushort gatePort, MySqlConnectionStringBuilder server)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <exception cref="FormatException">Nobody says which the other nodes are; the message is one line for people.</exception>
    public async Task<IReadOnlyList<OtherGate>> KnockAsync(CancellationToken cancellationToken)
    {
        var hosts = peers.Count > 0 ? peers : await HostsOfTheClusterAsync(cancellationToken);
        var own = OwnAddresses();
        var others = (await Task.WhenAll(hosts.Select(host => ResolveAsync(host, cancellationToken)))).Where(end => !end.Addresses.Any(own.Contains)).ToList();
        return await Task.WhenAll(others.Select(async end => new OtherGate(end.Host, await GreetsAsync(end.Addresses, end.Port, cancellationToken))));
    }

    /// <summary>A host, or a host and its gate port; an IPv6 address with a port stands in brackets.</summary>
    public static bool IsPeer(string text) => Split(text, 1) is { Port: > 0, Host.Length: > 0 };

    /// <summary>The host of a peer, which may carry the port of its gate.</summary>
    public static string HostOf(string peer) => Split(peer, 1).Host;

    private static (string Host, ushort Port) Split(string text, ushort otherwise)
    {
        var (host, port) = text.LastIndexOf(':') is var colon && colon > 0 && (text[colon - 1] == ']' || text.IndexOf(':', StringComparison.Ordinal) == colon)
            ? (text[..colon], text[(colon + 1)..])
            : (text, otherwise.ToString(CultureInfo.InvariantCulture));
        host = host is ['[', .. var inner, ']'] ? inner : host;
        var isHost = Uri.CheckHostName(host) == UriHostNameType.IPv6 || HostAddress.Parse(host) is not null || HostAddress.IsName(host);
        return (isHost ? host : "", ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (ushort)0);
    }

    private async Task<IReadOnlyList<string>> HostsOfTheClusterAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var said = await ServerInspection.StatusAsync(server, "wsrep_incoming_addresses", limit.Token) ?? "";
            // A server that was not told its address says AUTO.
            var hosts = said.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(IsPeer).Select(address => Split(address, 0).Host).ToList();
            return hosts.Count > 0 && !hosts.Contains("AUTO")
                ? hosts
                : throw new FormatException($"the server does not say where the other nodes are (wsrep_incoming_addresses is '{new string([.. said.Where(c => !char.IsControl(c)).Take(200)])}'): name them with --peers");
        }
        catch (Exception e) when (e is MySqlException or OperationCanceledException or IOException && !cancellationToken.IsCancellationRequested)
        {
            throw new FormatException($"the server cannot be asked for the other nodes: {ProbeErrorOf.Detail(e)}; name them with --peers", e);
        }
    }

    private async Task<(string Host, ushort Port, IPAddress[] Addresses)> ResolveAsync(string peer, CancellationToken cancellationToken)
    {
        var (host, port) = Split(peer, gatePort);
        try
        {
            return (peer, port, await Dns.GetHostAddressesAsync(host, cancellationToken));
        }
        catch (SocketException)
        {
            return (peer, port, []);
        }
    }

    private static async Task<bool> GreetsAsync(IPAddress[] addresses, ushort port, CancellationToken cancellationToken)
    {
        const int HeaderBytes = 4;
        const byte Handshake = 10;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(addresses, port, limit.Token);
            var greeting = new byte[HeaderBytes + 1];
            for (var read = 0; read < greeting.Length;)
            {
                var got = await socket.ReceiveAsync(greeting.AsMemory(read), limit.Token);
                if (got == 0)
                {
                    return false;
                }

                read += got;
            }

            return greeting[HeaderBytes] == Handshake;
        }
        catch (Exception e) when (e is SocketException or ArgumentException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>The addresses of this host: one list of all nodes serves on each of them.</summary>
    public static HashSet<IPAddress> OwnAddresses() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)];
}
