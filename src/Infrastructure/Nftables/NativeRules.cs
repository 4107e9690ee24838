using System.Globalization;
using System.Net;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>
/// The table of one gate: the set of its lease, a chain with the anchor and the redirects, and the hook chains that
/// jump there. One rule serves both address families.
/// </summary>
/// <param name="Node">The node's name, for the comments; letters, digits, dots, dashes and underscores.</param>
/// <param name="Sources">Only clients from these networks are admitted; empty for all. If there are any, an address
/// family without one admits no client.</param>
/// <param name="Leased">The redirect works only while the gate's set holds the port.</param>
/// <param name="LocalClients">Connections from the node itself are redirected too; they do not pass prerouting.</param>
public sealed record NativeRules(
    string Node,
    ushort GatePort,
    ushort ServerPort,
    IReadOnlyList<IPNetwork> Sources,
    bool LocalClients,
    bool Leased = false)
{
    internal const string Set = "open";
    internal const string SetIs = $"{Set} {{ type inet_service; flags timeout; }}";

    private const string Chain = "gate";

    /// <summary>
    /// Before dstnat (-100), which iptables and others use, so that our rules handle the gate port first.
    /// </summary>
    private const int Priority = -110;

    /// <summary>The hook chains, and the numbers of their hooks.</summary>
    private static readonly (string Name, uint Hook)[] Hooks = [("prerouting", 0), ("output", 3)];

    public string Table { get; internal init; } = TableOf(GatePort);

    public static string TableOf(ushort gatePort) =>
        "galeragate-" + gatePort.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a redirect works only while the lease's set holds the port.</summary>
    public static bool IsLeased(string rule) => rule.Contains($" @{Set} ", StringComparison.Ordinal);

    /// <summary>The form in which a hook chain is listed.</summary>
    internal static string HookIs(string type, uint hook, int priority, bool isAccepting)
    {
        var name = Hooks.FirstOrDefault(one => one.Hook == hook).Name
            ?? hook.ToString(CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture,
            $" {{ type {type} hook {name} priority {priority}; policy {(isAccepting ? "accept" : "drop")}; }}");
    }

    /// <summary>The table that a wish requires.</summary>
    internal NativeTable For(Redirect wanted) => new(
        Table,
        "",
        Leased ? SetIs : null,
        Used.Select(one => KeyValuePair.Create(one.Name, HookIs("nat", one.Hook, Priority, true)))
            .Prepend(KeyValuePair.Create(Chain, ""))
            .ToDictionary(),
        RulesFor(wanted).ToLookup(rule => rule.Chain, rule => rule.Words));

    /// <summary>
    /// The messages that turn the existing table into the wanted one, applied all or not at all; empty if they are
    /// equal already.
    /// </summary>
    internal IReadOnlyList<NetlinkMessage> Change(NativeTable there, Redirect wanted)
    {
        var (goal, messages) = (For(wanted), new TableMessages(Table));
        var rules = RulesFor(wanted);
        if (there.HasSameFrame(goal))
        {
            var changed = goal.Chains.Keys.Where(chain => !there.HasSameRules(goal, chain)).ToList();
            return
            [
                .. changed.Select(messages.Flush),
                .. rules.Where(rule => changed.Contains(rule.Chain)).Select(messages.AddRule),
            ];
        }

        // A set or a chain can be deleted only after no rule refers to it.
        bool IsWrong(string? is_, string? should) => is_ is not null && should is not null && is_ != should;
        var wrong = there.Chains.Where(one => goal.Chains.GetValueOrDefault(one.Key) != one.Value)
            .Select(one => one.Key).ToList();
        var kept = there.Chains.Keys.Except(wrong).ToList();
        return
        [
            messages.AddTable(),
            .. there.Rules.Count > 0 ? [messages.Flush(null)] : Array.Empty<NetlinkMessage>(),
            .. wrong.Select(messages.DropChain),
            .. IsWrong(there.Set, goal.Set) ? [messages.DropSet(Set)] : Array.Empty<NetlinkMessage>(),
            .. Leased && there.Set != goal.Set ? [messages.AddSet(Set)] : Array.Empty<NetlinkMessage>(),
            .. kept.Contains(Chain) ? [] : new[] { messages.AddChain(Chain) },
            .. Used.Where(one => !kept.Contains(one.Name))
                .Select(one => messages.AddChain(one.Name, one.Hook, Priority)),
            .. rules.Select(messages.AddRule),
        ];
    }

    /// <summary>The opening named in the comment of one of our redirects; null for any other rule.</summary>
    internal long? OpenedBy(string line) =>
        NativeTable.IsRedirect(line) ? RuleComment.OpenedBy(line, Node, " comment \"") : null;

    private IEnumerable<(string Name, uint Hook)> Used => LocalClients ? Hooks : Hooks[..1];

    /// <summary>
    /// The anchor comes first: it keeps connection tracking active while the gate is closed. If no rule uses tracking,
    /// the kernel switches it off, and connections made through the gate hang because their packets are no longer
    /// translated back.
    /// </summary>
    private List<NativeRule> RulesFor(Redirect wanted) =>
    [
        new(Chain, RuleComment.Anchor, RulePart.Invalid, RulePart.Return),
        .. wanted.Opened is { } opened
            ? SourceParts().Select(source => new NativeRule(
                Chain,
                RuleComment.Of(Node, opened),
                [
                    .. source,
                    RulePart.ToPort(GatePort),
                    .. Leased ? [RulePart.PortIn(Set)] : Array.Empty<RulePart>(),
                    RulePart.LedTo(ServerPort),
                ]))
            : [],
        // Match only packets addressed to this host, so forwarded connections, and connections to another node's gate,
        // are not touched.
        .. Used.Select(one => new NativeRule(
            one.Name, null, RulePart.ToThisHost, RulePart.ToPort(GatePort), RulePart.Jump(Chain))),
    ];

    private IEnumerable<RulePart[]> SourceParts() =>
        Sources.Count == 0 ? [[]] : Sources.Distinct().Select(source => new[] { RulePart.From(source) });
}
