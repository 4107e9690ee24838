using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Commands;

/// <summary>One way to one port.</summary>
/// <param name="Port">0 where it is about the whole host.</param>
/// <param name="Direction">to the peer, or from it.</param>
/// <param name="Reached">OK, nothing listens, blocked, or not known; trouble of packets that are too large, apart of clocks.</param>
/// <param name="Rule">The rule that blocks it, where it is of this host.</param>
internal sealed record PathReport(string Peer, ushort Port, string Purpose, string Direction, string Reached, string? Rule, string? Advice);

/// <summary>Whether the nodes reach each other at the ports that Galera needs, in both directions where the peer runs galeragate too.</summary>
internal static class FirewallCheck
{
    /// <summary>Beyond that, logs of two hosts are hard to read side by side, and certificates and view orders begin to suffer.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(1);

    public static Command Command()
    {
        var json = new Option<bool>("--json") { Description = "one JSON array: peer, port, purpose, direction, reached, rule, advice" };
        var http = new Option<ushort>("--peer-http") { Description = "port of the peers' HTTP checks, which try the way back", HelpName = "PORT", DefaultValueFactory = _ => 9200 };
        var command = new Command("check", "Try each port that Galera needs at each peer, both ways where the peer answers HTTP checks: exit 1 if something needed is blocked");
        var settings = Settings.For(command, [OptionTable.GatePort], [OptionTable.Peers]);
        command.Options.Add(json);
        command.Options.Add(http);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = settings.With(parsed);
            var peers = given.List("peers").Select(OtherGates.HostOf).ToList();
            if (peers.Count == 0)
            {
                throw new FormatException("--peers: nobody is named: name the other nodes");
            }

            var paths = (await Task.WhenAll(peers.Select(peer => OfPeerAsync(peer, parsed.GetValue(http), cancellationToken)))).SelectMany(one => one).ToList();
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(paths, ControlJson.Default.IReadOnlyListPathReport));
            }
            else
            {
                Write(paths);
            }

            return paths.Any(path => path.Reached is Blocked or TooSmall) ? 1 : 0;
        });
        return command;
    }

    /// <summary>A peer may answer anything.</summary>
    private const int MaxAnswerBytes = 64 * 1024;

    private static readonly string[] Known = [.. Enum.GetValues<Reached>().Select(Words)];

    private const string Open = "OK";
    private const string Blocked = "blocked";
    private const string TooSmall = "trouble";
    private const string Apart = "apart";
    private const string Unknown = "not known";

    private static async Task<IReadOnlyList<PathReport>> OfPeerAsync(string peer, ushort httpPort, CancellationToken cancellationToken)
    {
        IPAddress address;
        try
        {
            address = (await Dns.GetHostAddressesAsync(peer, cancellationToken))[0];
        }
        catch (SocketException e)
        {
            return [new(peer, 0, "name", "to", Blocked, null, $"the name is not known ({e.Message}): mend DNS or /etc/hosts")];
        }

        if (OtherGates.OwnAddresses().Contains(address))
        {
            return [];
        }

        var there = await Task.WhenAll(ClusterRules.BetweenNodes.Select(async row => ToPeer(peer, row, await PeerPorts.ReachAsync(address, row.Port, cancellationToken))));
        var back = await AskBackAsync(peer, address, httpPort, cancellationToken);
        var packets = await Task.Run(() => Packets(peer, address), cancellationToken);
        return [.. there, .. back, packets];
    }

    private static PathReport ToPeer(string peer, (ushort Port, string Purpose, bool AlwaysListens) row, Reached reached) => new(
        peer, row.Port, row.Purpose, "to", Words(reached), null,
        (reached, row.AlwaysListens) switch
        {
            (Reached.Blocked, _) => $"no answer: let this node in there (galeragate firewall plan on {peer})",
            (Reached.Refused, true) => "nothing listens: the server there is down, or listens on another address (gmcast.listen_addr)",
            _ => null,
        });

    private static async Task<IReadOnlyList<PathReport>> AskBackAsync(string peer, IPAddress address, ushort httpPort, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = MaxAnswerBytes };
        ReachReport report;
        var asked = DateTimeOffset.UtcNow;
        try
        {
            var host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
            var answer = await client.GetByteArrayAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{host}:{httpPort}/reach")), cancellationToken);
            report = JsonSerializer.Deserialize(answer, ControlJson.Default.ReachReport) is { Ports: not null } said ? said : throw new JsonException("it says nothing of ports");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return [new(peer, httpPort, "the way back", "from", Unknown, null, $"the peer answers no HTTP check at port {httpPort}: run galeragate there with --http, or this command on it")];
        }

        var listing = new Dictionary<bool, InputRules>();
        var back = new List<PathReport>();
        foreach (var (port, purpose, _) in ClusterRules.BetweenNodes)
        {
            var reached = report.Ports.TryGetValue(port.ToString(CultureInfo.InvariantCulture), out var word) && Known.Contains(word) ? word : Unknown;
            var rule = reached == Blocked ? await OwnRuleAsync(port, address, listing, cancellationToken) : null;
            back.Add(new(peer, port, purpose, "from", reached, rule, reached == Blocked ? $"let {address} in here: galeragate firewall plan" : null));
        }

        // The peer looked at its clock somewhere between the question and the answer.
        var between = asked + ((DateTimeOffset.UtcNow - asked) / 2);
        var apart = report.At - between;
        back.Add(new(
            peer, 0, "clock", "from", apart.Duration() <= ClockTolerance ? Open : Apart, null,
            apart.Duration() <= ClockTolerance ? null : string.Create(CultureInfo.InvariantCulture, $"its clock is {Math.Abs(apart.TotalSeconds):0.0} s {(apart > TimeSpan.Zero ? "ahead" : "behind")}: chronyc tracking, on both")));
        return back;
    }

    /// <summary>What of this host's own rules refuses a new connection to a port; null where none of them does.</summary>
    private static async Task<string?> OwnRuleAsync(ushort port, IPAddress from, Dictionary<bool, InputRules> listed, CancellationToken cancellationToken)
    {
        var isIpv6 = from.AddressFamily == AddressFamily.InterNetworkV6;
        if (!listed.TryGetValue(isIpv6, out var rules))
        {
            var output = await new Iptables(SystemCommand.RunAsync).ListAsync(isIpv6 ? Family.Ipv6 : Family.Ipv4, cancellationToken, "filter");
            listed[isIpv6] = rules = new InputRules(output.Output);
        }

        var verdict = rules.Walk(port, port);
        return verdict.Fate == InputFate.Accepted ? (verdict.ForSome is [var some, ..] ? some : null) : verdict.Rule ?? "-P INPUT DROP";
    }

    private static PathReport Packets(string peer, IPAddress address)
    {
        var own = OwnMtu(address);
        var largest = PeerPorts.LargestPacket(address, ClusterRules.GroupPort, own);
        return new PathReport(
            peer, ClusterRules.GroupPort, "packet size", "to", largest == 0 ? Unknown : largest >= Math.Min(own, 1500) ? Open : TooSmall, null,
            largest == 0 ? "nothing answers at UDP 4567 (a firewall, or a server that listens there)"
            : largest >= Math.Min(own, 1500) ? null
            : string.Create(CultureInfo.InvariantCulture, $"packets of {own} bytes do not get there, of {largest} do: lower the MTU of the interface, or let ICMP fragmentation-needed through"));
    }

    /// <summary>The MTU of the interface that packets to an address leave by.</summary>
    private static int OwnMtu(IPAddress address)
    {
        const int Usual = 1500;
        using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(address, 1);
        var own = ((IPEndPoint)socket.LocalEndPoint!).Address;
        var card = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(one => one.GetIPProperties().UnicastAddresses.Any(unicast => unicast.Address.Equals(own)));
        return card is null ? Usual : address.AddressFamily == AddressFamily.InterNetworkV6 ? card.GetIPProperties().GetIPv6Properties().Mtu : card.GetIPProperties().GetIPv4Properties().Mtu;
    }

    public static string Words(Reached reached) => reached switch
    {
        Reached.Open => Open,
        Reached.Refused => "nothing listens",
        Reached.Blocked => Blocked,
    };

    private static void Write(IReadOnlyList<PathReport> paths)
    {
        const int Indent = 8;
        foreach (var peer in paths.GroupBy(path => path.Peer))
        {
            Terminal.Output.Write(Line.Of(peer.Key, Tone.Strong));
            foreach (var path in peer)
            {
                var tone = path.Reached switch
                {
                    Open => Tone.Good,
                    Blocked or TooSmall => Tone.Bad,
                    Apart => Tone.Caution,
                    _ => Tone.Quiet,
                };
                Terminal.Output.Write(Line.Of($"  {(path.Direction == "to" ? "->" : "<-")} {(path.Port == 0 ? "" : path.Port.ToString(CultureInfo.InvariantCulture)),-5} {path.Purpose,-21} ").Add(path.Reached, tone));
                foreach (var more in new[] { path.Rule is { } rule ? $"by {rule}" : null, path.Advice }.OfType<string>())
                {
                    Terminal.Output.WriteWrapped(Line.Of(new string(' ', Indent) + more, Tone.Quiet), Indent);
                }
            }
        }
    }
}
