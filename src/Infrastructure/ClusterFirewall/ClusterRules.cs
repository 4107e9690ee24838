using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>An address or a network that is allowed, with the name that the operator gave it.</summary>
public sealed record Source(IPNetwork Network, string Name)
{
    public Family Family =>
        Network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? Family.Ipv6 : Family.Ipv4;
}

/// <summary>
/// The rules of a cluster node's own firewall: which sources may reach which of its ports. They are in a chain of their
/// own at the head of INPUT; packets to other ports continue to the host's own rules. Existing connections stay.
/// Packets that are not allowed are rejected with an answer, never dropped: a balancer must notice a closed gate at
/// once.
/// </summary>
public sealed record ClusterRules
{
    /// <summary>Galera's replication.</summary>
    public const ushort GroupPort = 4567;

    private const string PmmPorts = "42000,42002";

    public required ushort GatePort { get; init; }

    public required ushort ServerPort { get; init; }

    /// <summary>The other nodes of the cluster.</summary>
    public IReadOnlyList<Source> Peers { get; init; } = [];

    public IReadOnlyList<Source> Clients { get; init; } = [];

    public IReadOnlyList<Source> Balancers { get; init; } = [];

    /// <summary>The monitoring server, which connects to the exporters at 42000 and 42002.</summary>
    public IReadOnlyList<Source> Pmm { get; init; } = [];

    /// <summary>
    /// The server that this one replicates from. Its packets come from its server port, and must be accepted even when
    /// connection tracking has forgotten the connection.
    /// </summary>
    public IReadOnlyList<Source> ReplicationSources { get; init; } = [];

    /// <summary>Clients and balancers may reach the server only through the gate.</summary>
    public bool GatedOnly { get; init; }

    /// <summary>The ports that a node must reach at each of its peers, and their purpose.</summary>
    public static IReadOnlyList<(ushort Port, string Purpose, bool AlwaysListens)> BetweenNodes { get; } =
        [(GroupPort, "replication", true), (4568, "incremental transfer", false), (4444, "full transfer", false)];

    public string Chain => string.Create(CultureInfo.InvariantCulture, $"GALERAGATE-IN-{GatePort}");

    /// <summary>The part of an address family's filter table that should be ours.</summary>
    public FilterRules Wanted(Family family) =>
        new(Chain, [.. Rules(family).Select(rule => $"-A {Chain} {rule}")], [FilterRules.JumpTo(Chain)]);

    /// <summary>Input for iptables-restore --noflush, all or nothing.</summary>
    public string AsRestore(Family family) => FilterRules.Nothing(Chain).ChangeTo(Wanted(family))!;

    /// <summary>The same as shell commands, which may be run repeatedly.</summary>
    public IEnumerable<string> AsCommands(Family family)
    {
        var iptables = family == Family.Ipv6 ? "ip6tables" : "iptables";
        return
        [
            $"{iptables} -w -N {Chain} 2>/dev/null || {iptables} -w -F {Chain}",
            .. Rules(family).Select(rule => $"{iptables} -w -A {Chain} {rule}"),
            // If our jump is not first, put it back at the head.
            $"{iptables} -w -S INPUT 1 | grep -qxF -- '{FilterRules.JumpTo(Chain)}' || "
                + $"{{ {iptables} -w -D INPUT -j {Chain} 2>/dev/null || :; {iptables} -w -I INPUT 1 -j {Chain}; }}",
        ];
    }

    private IEnumerable<string> Rules(Family family)
    {
        var server = ServerPort.ToString(CultureInfo.InvariantCulture);
        var gate = GatePort.ToString(CultureInfo.InvariantCulture);
        var nodes = string.Join(',', BetweenNodes.Select(row => row.Port));
        var group = $"-p udp -m udp --dport {GroupPort}";
        var served = GatedOnly
            ? $"-p tcp -m tcp --dport {server} -m conntrack --ctorigdstport {gate}"
            : $"-p tcp -m tcp --dport {server}";
        (IReadOnlyList<Source> Sources, string Who, string[] Packets)[] allowed =
        [
            (Clients, "client", [served]),
            (Balancers, "balancer", [served]),
            (Peers, "peer", [$"-p tcp -m multiport --dports {nodes}", group]),
            (Pmm, "pmm", [$"-p tcp -m multiport --dports {PmmPorts}"]),
            (ReplicationSources, "replication-source", ["-p tcp -m tcp --sport 3306"]),
        ];
        var all = $"-p tcp -m multiport --dports {gate},{server},{nodes},{PmmPorts}";
        return
        [
            "-i lo -j RETURN",
            .. allowed.SelectMany(row =>
                row.Sources.Where(source => source.Family == family)
                    .SelectMany(source =>
                        row.Packets.Select(packets =>
                            $"-s {source.Network} {packets} {Comment(row.Who, source)} -j ACCEPT"))),
            $"{all} -m conntrack --ctstate ESTABLISHED -j ACCEPT",
            $"{all} -j REJECT --reject-with tcp-reset",
            $"{group} -j REJECT --reject-with "
            + $"{(family == Family.Ipv6 ? "icmp6-port-unreachable" : "icmp-port-unreachable")}",
        ];
    }

    private static string Comment(string who, Source source) =>
        $"-m comment --comment "
        + $"\"galeragate:{who}{(source.Name == source.Network.ToString() ? "" : " " + source.Name)}\"";
}
