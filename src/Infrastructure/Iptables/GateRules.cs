using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>
/// The rules of one gate in the nat table, as text: its chain, the jumps that lead there, and in the chain the anchor
/// and the redirects. Rules are written exactly as iptables -S prints them, so existing and wanted rules can be
/// compared as text.
/// </summary>
/// <param name="Node">The node's name, for the comments; letters, digits, dots, dashes and underscores.</param>
/// <param name="Sources">Only clients from these networks are admitted; empty for all. If there are any, an address
/// family without one admits no client.</param>
/// <param name="Leased">The redirect works only while the gate's set holds the port.</param>
/// <param name="LocalClients">Connections from the node itself are redirected too; they do not pass PREROUTING.</param>
public sealed record GateRules(
    string Node,
    ushort GatePort,
    ushort ServerPort,
    IReadOnlyList<IPNetwork> Sources,
    bool LocalClients,
    bool Leased = false)
{
    public string Chain { get; } = ChainOf(GatePort);

    /// <summary>
    /// The same gate as version 0.1.0 made it: its redirects led to the primary address of the incoming interface. Such
    /// rules count as ours, and the next change replaces them with the current form.
    /// </summary>
    public GateRules Former => this with { Target = $"REDIRECT --to-ports {ServerPort}" };

    /// <summary>
    /// A port and no address. The address stays the one that the client asked for, so a server is reached on secondary,
    /// multiple and floating addresses too.
    /// </summary>
    private string Target { get; init; } = $"DNAT --to-destination :{ServerPort}";

    public static string ChainOf(ushort gatePort) => "GALERAGATE-" + gatePort.ToString(CultureInfo.InvariantCulture);

    /// <summary>The rules of an address family that a wish requires.</summary>
    public TableRules For(Family family, Redirect wanted) => new(
        Chain,
        [
            Anchor,
            .. wanted.Opened is { } opened ? SourcesOf(family).Select(source => RedirectRule(source, opened)) : [],
        ],
        [JumpFrom("PREROUTING"), .. LocalClients ? [JumpFrom("OUTPUT")] : Array.Empty<string>()]);

    /// <summary>The opening named in the comment of one of our redirects; null for any other rule.</summary>
    public long? OpenedBy(string rule) => TableRules.IsRedirect(rule) ? RuleComment.OpenedBy(rule, Node) : null;

    /// <summary>
    /// Keeps connection tracking active while the gate is closed. If no rule uses it, the kernel switches it off, and
    /// connections made through the gate hang because their packets are no longer translated back. In a nat chain the
    /// rule never matches, because only new connections pass it.
    /// </summary>
    private string Anchor =>
        $"-A {Chain} -m conntrack --ctstate INVALID -m comment --comment \"{RuleComment.Anchor}\" -j RETURN";

    /// <summary>
    /// Matches only packets addressed to this host, so forwarded connections, and connections to another node's gate,
    /// are not touched.
    /// </summary>
    private string JumpFrom(string hook) =>
        $"-A {hook} -p tcp -m tcp --dport {GatePort} -m addrtype --dst-type LOCAL -j {Chain}";

    private string RedirectRule(IPNetwork? source, long opened) =>
        $"-A {Chain} {(source is { PrefixLength: > 0 } network ? $"-s {network} " : "")}-p tcp -m tcp --dport "
        + $"{GatePort} "
        + $"{(Leased ? $"-m set --match-set {KernelLease.SetOf(GatePort)} dst " : "")}-m comment --comment "
        + $"\"{RuleComment.Of(Node, opened)}\" -j {Target}";

    private IEnumerable<IPNetwork?> SourcesOf(Family family) =>
        Sources.Count == 0
            ? [null]
            : Sources.Where(source => FamilyOf(source) == family).Distinct().Select(source => (IPNetwork?)source);

    private static Family FamilyOf(IPNetwork network) =>
        network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? Family.Ipv6 : Family.Ipv4;
}
