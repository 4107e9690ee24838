using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Addresses;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>Another node's gate, and its state for a client.</summary>
/// <param name="IsOpen">A server greeted.</param>
public sealed record OtherGate(string Address, bool IsOpen);

/// <summary>Another node of the cluster.</summary>
/// <param name="Name">As configured, with the port of its gate if one was given.</param>
/// <param name="Addresses">Empty if the name cannot be resolved.</param>
public sealed record OtherNode(string Name, IReadOnlyList<IPAddress> Addresses, ushort GatePort);

/// <summary>
/// Finds the other nodes and connects to their gates as a client does. The nodes are the configured ones, or else those
/// that the server knows; networks in the list are for the firewall and are skipped. Each successful connect is an
/// aborted handshake in that server's statistics.
/// </summary>
public sealed class OtherGates(IReadOnlyList<string> peers, ushort gatePort, MySqlConnectionStringBuilder server)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <exception cref="FormatException">The other nodes are not known; the message is one line for people.</exception>
    public async Task<IReadOnlyList<OtherGate>> KnockAsync(CancellationToken cancellationToken)
    {
        var others = await FindAsync(cancellationToken);
        return await Task.WhenAll(others.Select(async node =>
            new OtherGate(node.Name, (await GateKnock.AtAsync(node, cancellationToken)).Contains(Knocked.Greeted))));
    }

    /// <summary>
    /// The state of each other gate for a client. A gate that does not answer is unknown, not closed, unless the server
    /// reports that the node is not a member of its component.
    /// </summary>
    /// <exception cref="FormatException">The other nodes are not known; the message is one line for people.</exception>
    public async Task<IReadOnlyList<OtherGateMet>> MeetAsync(CancellationToken cancellationToken)
    {
        var others = await FindAsync(cancellationToken);
        var met = await Task.WhenAll(
            others.Select(async node => Met(await GateKnock.AtAsync(node, cancellationToken))));
        // A list of peers with only this node in it does not name the others.
        var isAsked = met.Contains(GateMet.Unknown) || others.Count == 0;
        var outside = isAsked ? await OutsidersAsync(others, cancellationToken) : [];
        return
        [
            .. others.Zip(met, (node, how) => how == GateMet.Unknown && outside.Contains(node)
                ? new OtherGateMet(GateMet.Closed, GoesFirst: false)
                : new OtherGateMet(how, GoesFirst(node))),
        ];
    }

    /// <summary>The other nodes, without this one.</summary>
    /// <exception cref="FormatException">They are not known; the message is one line for people.</exception>
    public async Task<IReadOnlyList<OtherNode>> FindAsync(CancellationToken cancellationToken)
    {
        var named = peers.Where(IsPeer).ToList();
        var hosts = named.Count > 0 ? named : await HostsOfTheClusterAsync(cancellationToken);
        var own = OwnAddresses();
        var nodes = await Task.WhenAll(hosts.Select(host => ResolveAsync(host, cancellationToken)));
        return [.. nodes.Where(node => !node.Addresses.Any(own.Contains))];
    }

    /// <summary>A host, or a host and its gate port; an IPv6 address with a port is in brackets.</summary>
    public static bool IsPeer(string text) => Split(text, 1) is { Port: > 0, Host.Length: > 0 };

    /// <summary>The host of a peer that may have a gate port.</summary>
    public static string HostOf(string peer) => Split(peer, 1).Host;

    private static (string Host, ushort Port) Split(string text, ushort otherwise)
    {
        var (host, port) =
            text.LastIndexOf(':') is var colon
            && colon > 0
            && (text[colon - 1] == ']' || text.IndexOf(':', StringComparison.Ordinal) == colon)
            ? (text[..colon], text[(colon + 1)..])
            : (text, otherwise.ToString(CultureInfo.InvariantCulture));
        host = host is ['[', .. var inner, ']'] ? inner : host;
        var isHost =
            Uri.CheckHostName(host) == UriHostNameType.IPv6
            || HostAddress.Parse(host) is not null
            || HostAddress.IsName(host);
        return (
            isHost ? host : "",
            ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (ushort)0
        );
    }

    private async Task<IReadOnlyList<string>> HostsOfTheClusterAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var said = await ServerInspection.StatusAsync(server, "wsrep_incoming_addresses", limit.Token) ?? "";
            // A server that was not given an address reports AUTO.
            var hosts = said.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(IsPeer)
                .Select(address => Split(address, 0).Host)
                .ToList();
            return hosts.Count > 0 && !hosts.Contains("AUTO")
                ? hosts
                : throw new FormatException(
                    $"the server does not say where the other nodes are (wsrep_incoming_addresses is "
                    + $"'{new string([.. said.Where(c => !char.IsControl(c)).Take(200)])}'): name them with --peers");
        }
        catch (Exception e)
            when (e is MySqlException or OperationCanceledException or IOException
                && !cancellationToken.IsCancellationRequested)
        {
            throw new FormatException(
                $"the server cannot be asked for the other nodes: {ProbeErrorOf.Detail(e)}; name them with --peers", e);
        }
    }

    private async Task<OtherNode> ResolveAsync(string peer, CancellationToken cancellationToken)
    {
        var (host, port) = Split(peer, gatePort);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
            return new OtherNode(peer, [.. addresses.Distinct()], port);
        }
        catch (SocketException)
        {
            return new OtherNode(peer, [], port);
        }
    }

    private static GateMet Met(IReadOnlyList<Knocked> knocks)
    {
        var there = knocks.Where(knock => knock != Knocked.NoRoute).ToList();
        return there.Exists(knock => knock is Knocked.Greeted or Knocked.Answered) ? GateMet.Open
            : there.Count > 0 && there.TrueForAll(knock => knock == Knocked.Refused) ? GateMet.Closed
            : GateMet.Unknown;
    }

    /// <summary>
    /// The given nodes that are not members of this node's component. Their gates are closed, by their daemons or by
    /// their leases. Known only if the server names every member and each member is one of the given nodes.
    /// </summary>
    private async Task<IReadOnlyList<OtherNode>> OutsidersAsync(
        IReadOnlyList<OtherNode> others, CancellationToken cancellationToken)
    {
        var own = OwnAddresses();
        var hosts = await HostsOfTheClusterAsync(cancellationToken);
        var members = await Task.WhenAll(hosts.Select(host => ResolveAsync(host, cancellationToken)));
        var strangers = members.Where(node => !node.Addresses.Any(own.Contains)).ToList();
        return strangers.TrueForAll(member => others.Any(other => IsSame(member, other)))
            ? [.. others.Where(other => !strangers.Exists(member => IsSame(member, other)))]
            : throw new FormatException("the server names members of the cluster that --peers does not");

        static bool IsSame(OtherNode one, OtherNode other) => one.Addresses.Any(other.Addresses.Contains);
    }

    /// <summary>
    /// Compares the two addresses that the packets use; the lower one goes first. Both nodes get the same result,
    /// unless a device between them translates addresses.
    /// </summary>
    private static bool GoesFirst(OtherNode node) => node.Addresses.Any(address =>
    {
        try
        {
            // Sends no packet: the kernel only selects the source address.
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, node.GatePort);
            var own = ((IPEndPoint)socket.LocalEndPoint!).Address.GetAddressBytes();
            return address.GetAddressBytes().AsSpan().SequenceCompareTo(own) < 0;
        }
        catch (SocketException)
        {
            return false;
        }
    });

    /// <summary>The addresses of this host, so that one list of all nodes can be used on each of them.</summary>
    public static HashSet<IPAddress> OwnAddresses() =>
        [
            .. NetworkInterface
                .GetAllNetworkInterfaces()
                .SelectMany(card => card.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address),
        ];
}
