using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Http;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Firewall;

/// <summary>Tests the ways to a peer and back, at each of its addresses.</summary>
internal sealed class PeerPaths(ushort httpPort)
{
    /// <summary>
    /// Beyond this, the logs of two hosts are hard to compare, and certificates and the order of views begin to suffer.
    /// </summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(1);

    /// <summary>Limits the answer of a peer, which may send anything.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    /// <summary>This host's own rules, once for each family.</summary>
    private readonly Dictionary<Family, InputRules> _listed = [];

    /// <summary>The ways to and from a peer; empty if the peer is this host.</summary>
    public async Task<IReadOnlyList<PathReport>> OfAsync(string peer, CancellationToken cancellationToken)
    {
        IPAddress[] addresses;
        try
        {
            addresses = [.. (await Dns.GetHostAddressesAsync(peer, cancellationToken)).Distinct()];
        }
        catch (SocketException e)
        {
            var advice = $"the name is not known ({e.Message}): repair DNS or /etc/hosts";
            return [new(peer, 0, "name", "to", PathWords.Blocked, null, advice)];
        }

        if (addresses.Any(OtherGates.OwnAddresses().Contains))
        {
            return [];
        }

        var ways = addresses.ToDictionary(address => address, MtuTo);
        var hasWay = ways.Values.Any(mtu => mtu is not null);
        var tried = await Task.WhenAll(addresses.Select(address => ways[address] is { } mtu
            ? OfAddressAsync(peer, address, mtu, cancellationToken)
            : Task.FromResult<IReadOnlyList<PathReport>>([NoRoute(peer, address, hasWay)])));
        return [.. tried.SelectMany(one => one)];
    }

    private async Task<IReadOnlyList<PathReport>> OfAddressAsync(
        string peer, IPAddress address, int mtu, CancellationToken cancellationToken)
    {
        var there = await Task.WhenAll(ClusterRules.BetweenNodes.Select(async row =>
            ToPeer(peer, row, await PeerPorts.ReachAsync(address, row.Port, cancellationToken))));
        var back = await AskBackAsync(peer, address, cancellationToken);
        var packets = await Task.Run(() => Packets(peer, address, mtu), cancellationToken);
        PathReport[] all = [.. there, .. back, packets];
        return [.. all.Select(path => path with { Address = $"{address}" })];
    }

    /// <summary>
    /// A name may have addresses of a family that this host does not support; if it has no other address, the peer is
    /// unreachable.
    /// </summary>
    private static PathReport NoRoute(string peer, IPAddress address, bool hasOthers) => new(
        peer, 0, "route", "to", hasOthers ? PathWords.Unknown : PathWords.Blocked, null,
        $"this host has no route to {address}: ip route get {address}")
    { Address = $"{address}" };

    private static PathReport ToPeer(
        string peer, (ushort Port, string Purpose, bool AlwaysListens) row, Reached reached) => new(
        peer, row.Port, row.Purpose, "to", PathWords.Of(reached), null,
        (reached, row.AlwaysListens) switch
        {
            (Reached.Blocked, _) => $"no answer: let this node in there (galeragate firewall plan on {peer})",
            (Reached.Refused, true) =>
                "nothing listens: the server there is down, or listens on another address (gmcast.listen_addr)",
            _ => null,
        });

    private async Task<PathReport[]> AskBackAsync(string peer, IPAddress address, CancellationToken cancellationToken)
    {
        var asked = DateTimeOffset.UtcNow;
        var answer = await PeerHttp.GetAsync(address, httpPort, "reach", MaxAnswerBytes, cancellationToken);
        if (Read(answer) is not { } report)
        {
            var advice = $"the peer answers no HTTP check at port {httpPort}: "
                + "run galeragate there with --http, or this command on it";
            return [new(peer, httpPort, "the way back", "from", PathWords.Unknown, null, advice)];
        }

        // The peer read its clock at some time between the request and the answer.
        var between = asked + ((DateTimeOffset.UtcNow - asked) / 2);
        var back = new List<PathReport>();
        foreach (var (port, purpose, _) in ClusterRules.BetweenNodes)
        {
            var said = report.Ports.GetValueOrDefault(port.ToString(CultureInfo.InvariantCulture), PathWords.Unknown);
            var reached = PathWords.Known.Contains(said) ? said : PathWords.Unknown;
            var isBlocked = reached == PathWords.Blocked;
            back.Add(new PathReport(
                peer, port, purpose, "from", reached,
                isBlocked ? await OwnRuleAsync(port, address, cancellationToken) : null,
                isBlocked ? $"let {address} in here: galeragate firewall plan" : null));
        }

        return [.. back, Clock(peer, report.At - between)];
    }

    private static ReachReport? Read(byte[]? answer)
    {
        try
        {
            var said = answer is null ? null : JsonSerializer.Deserialize(answer, ReachJson.Default.ReachReport);
            return said?.Ports is null ? null : said;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static PathReport Clock(string peer, TimeSpan apart)
    {
        var isOpen = apart.Duration() <= ClockTolerance;
        var side = apart > TimeSpan.Zero ? "ahead" : "behind";
        var seconds = Math.Abs(apart.TotalSeconds);
        return new PathReport(
            peer, 0, "clock", "from", isOpen ? PathWords.Open : PathWords.Apart, null,
            isOpen ? null : string.Create(
                CultureInfo.InvariantCulture, $"its clock is {seconds:0.0} s {side}: chronyc tracking, on both"));
    }

    /// <summary>The rule of this host that refuses a new connection to a port; null if none does.</summary>
    private async Task<string?> OwnRuleAsync(ushort port, IPAddress from, CancellationToken cancellationToken)
    {
        var family = from.AddressFamily == AddressFamily.InterNetworkV6 ? Family.Ipv6 : Family.Ipv4;
        InputRules? rules;
        lock (_listed)
        {
            _ = _listed.TryGetValue(family, out rules);
        }

        if (rules is null)
        {
            var listed = await new IptablesCommand(SystemCommand.RunAsync).ListAsync(
                family, cancellationToken, "filter");
            rules = new InputRules(listed.Output);
            lock (_listed)
            {
                _listed[family] = rules;
            }
        }

        var verdict = rules.Walk(port, port);
        return verdict.Fate != InputFate.Accepted ? verdict.Rule ?? "-P INPUT DROP"
            : verdict.ForSome is [var some, ..] ? some : null;
    }

    /// <summary>
    /// A packet of the interface's own size must arrive whole. If both ends send larger packets than the path carries,
    /// small ones pass but a state transfer hangs.
    /// </summary>
    private static PathReport Packets(string peer, IPAddress address, int own)
    {
        const string SmallerPackets = "lower the MTU of the interface, or let ICMP fragmentation-needed through";
        var largest = PeerPorts.LargestPacket(address, ClusterRules.GroupPort, own);
        var (reached, advice) = largest switch
        {
            0 => (PathWords.Unknown, "nothing answers at UDP 4567 (a firewall, or a server that listens there)"),
            _ when largest >= own => (PathWords.Open, null),
            _ => (PathWords.TooSmall, string.Create(
                CultureInfo.InvariantCulture,
                $"packets of {own} bytes do not get there, of {largest} do: {SmallerPackets}")),
        };
        return new PathReport(peer, ClusterRules.GroupPort, "packet size", "to", reached, null, advice);
    }

    /// <summary>The MTU of the interface for packets to an address; null if there is no route.</summary>
    private static int? MtuTo(IPAddress address)
    {
        const int Usual = 1500;
        IPAddress own;
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, 1);
            own = ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return null;
        }

        var card = NetworkInterface.GetAllNetworkInterfaces()
            .Select(one => one.GetIPProperties())
            .FirstOrDefault(one => one.UnicastAddresses.Any(unicast => unicast.Address.Equals(own)));
        return card is null ? Usual
            : address.AddressFamily == AddressFamily.InterNetworkV6 ? card.GetIPv6Properties().Mtu
            : card.GetIPv4Properties().Mtu;
    }
}
