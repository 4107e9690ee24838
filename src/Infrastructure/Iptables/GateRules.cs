using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>
/// What one gate puts into the nat table, as text: its own chain, the jumps that lead there, and in the chain the
/// anchor and the redirects. Rules are written as iptables -S prints them, so that what is there and what should be
/// compare word for word.
/// </summary>
/// <param name="Node">The node's name, for the comments; letters, digits, dots, dashes and underscores.</param>
/// <param name="Sources">Only clients from these networks pass; empty: all. Where there are any, a family that has none
/// passes nobody.</param>
/// <param name="Leased">The redirect works only while the gate's set holds the port.</param>
/// <param name="LocalClients">Connections from the node itself are redirected too: PREROUTING does not see
/// them.</param>
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
    /// The same gate as version 0.1.0 made it: its redirects led to the primary address of the interface that a client
    /// came in by. What stands so in the tables is ours, and becomes what is made now with the next change.
    /// </summary>
    public GateRules Former => this with { Target = $"REDIRECT --to-ports {ServerPort}" };

    /// <summary>
    /// A port and no address: the address stays the one that the client asked for, so a server that listens on a
    /// secondary address, on several or on a floating one is reached at each.
    /// </summary>
    private string Target { get; init; } = $"DNAT --to-destination :{ServerPort}";

    public static string ChainOf(ushort gatePort) => "GALERAGATE-" + gatePort.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the table of a family should hold for a wish.</summary>
    public TableRules For(Family family, Redirect wanted) => new(
        Chain,
        [
            Anchor,
            .. wanted.Opened is { } opened ? SourcesOf(family).Select(source => RedirectRule(source, opened)) : [],
        ],
        [JumpFrom("PREROUTING"), .. LocalClients ? [JumpFrom("OUTPUT")] : Array.Empty<string>()]);

    /// <summary>The opening named by the comment of a redirect of ours; null for any other rule.</summary>
    public long? OpenedBy(string rule) => TableRules.IsRedirect(rule) ? RuleComment.OpenedBy(rule, Node) : null;

    /// <summary>
    /// Keeps connection tracking alive while the gate is closed. Without any rule that uses it the kernel switches it
    /// off, and connections made through the gate hang because nobody translates their packets back. In a nat chain the
    /// rule itself never matches: only new connections come by.
    /// </summary>
    private string Anchor =>
        $"-A {Chain} -m conntrack --ctstate INVALID -m comment --comment \"{RuleComment.Anchor}\" -j RETURN";

    /// <summary>
    /// Only what is addressed to this host: a forwarded connection, or one to another node's gate, is none of ours.
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
