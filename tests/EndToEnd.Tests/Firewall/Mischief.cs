namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>
/// What another program does to the tables of an open gate, in each backend's commands. $SAVE is a copy of the tables
/// from the moment when the gate had opened.
/// </summary>
/// <param name="What">The same text for both backends whenever both have it.</param>
internal sealed record Mischief(string What, string Command)
{
    /// <summary>nft 0.9.8 cannot add the gate's own redirect, only another one.</summary>
    internal const string AddRedirect = $"nft add rule {Table} gate tcp dport 3308 dnat to :3306 "
        + $"|| nft add rule {Table} gate tcp dport 3308 redirect to :3306";

    private const string Redirect = "-p tcp -m tcp --dport 3308 -j REDIRECT --to-ports 3306";
    private const string Jump = "iptables -t nat -S PREROUTING | grep GALERAGATE-3308 | sed 's/^-A/-D/' | "
        + "xargs iptables -t nat";
    private const string Table = "inet galeragate-3308";

    private static readonly Mischief[] ByIptables =
    [
        new("rules flushed", "iptables -t nat -F GALERAGATE-3308"),
        new("the anchor deleted", "iptables -t nat -D GALERAGATE-3308 1"),
        new("the redirect deleted", "iptables -t nat -D GALERAGATE-3308 2"),
        new("a rule doubled", $"iptables -t nat -A GALERAGATE-3308 {Redirect}"),
        new("a rule put before", "iptables -t nat -I GALERAGATE-3308 -p tcp --dport 3308 -j RETURN"),
        new(
            "rules reordered",
            "r=$(iptables -t nat -S GALERAGATE-3308 | sed -n 2p | sed 's/^-A/-D/'); a=$(echo \"$r\" | sed "
            + "'s/^-D/-A/'); eval iptables -t nat $r; eval iptables -t nat $a"),
        new(
            "a rule changed by hand",
            "iptables -t nat -R GALERAGATE-3308 2 -p tcp -m tcp --dport 3308 -j REDIRECT --to-ports 22"),
        new("the jump deleted", Jump),
        new("the jump doubled", "iptables -t nat -A PREROUTING -j GALERAGATE-3308"),
        new(
            "the chain deleted",
            $"{Jump}; iptables -t nat -F GALERAGATE-3308; iptables -t nat -X GALERAGATE-3308"),
        new(
            "everything flushed, as by a firewall that reloads",
            // Again if the daemon put a rule back in between.
            "for i in $(seq 50); do iptables -t nat -F && iptables -t nat -X && ip6tables -t nat -F && "
            + "ip6tables -t nat -X && ipset destroy GALERAGATE-3308 && exit; done; exit 1"),
        new(
            "rewritten by somebody who keeps his own rules alone",
            "printf '*nat\\n:PREROUTING ACCEPT\\n:KUBE-SERVICES -\\n-A PREROUTING -j KUBE-SERVICES\\nCOMMIT\\n' | "
            + "iptables-restore"),
        new(
            "an old save restored, with a redirect of ours in it",
            "sed 's/galeragate:n1:[0-9]*/galeragate:n1:1/' $SAVE | iptables-restore"),
    ];

    private static readonly Mischief[] ByNftables =
    [
        new("rules flushed", $"nft flush chain {Table} gate"),
        new("the anchor deleted", $"nft delete rule {Table} gate handle {Handle("anchor")}"),
        new("the redirect deleted", $"nft delete rule {Table} gate handle {Handle("dnat")}"),
        new("a rule doubled", AddRedirect),
        new("a rule put before", $"nft insert rule {Table} gate tcp dport 3308 return"),
        new(
            "rules reordered",
            $"r=$(nft list chain {Table} gate | grep dnat); nft delete rule {Table} gate handle {Handle("dnat")}; "
            + $"nft insert rule {Table} gate \"$r\""),
        new(
            "a rule changed by hand",
            $"nft replace rule {Table} gate handle {Handle("dnat")} tcp dport 3308 redirect to :22"),
        new("the jump deleted", $"nft flush chain {Table} prerouting"),
        new("the jump doubled", $"nft add rule {Table} prerouting jump gate"),
        new(
            "the chain deleted",
            $"nft flush chain {Table} prerouting; nft flush chain {Table} gate; nft delete chain {Table} gate"),
        new("everything flushed, as by a firewall that reloads", "nft flush ruleset"),
        new(
            "rewritten by somebody who keeps his own rules alone",
            "printf 'flush ruleset\\ntable inet theirs {\\nchain input { type filter hook input priority 0; }\\n}\\n' "
            + "| nft -f -"),
        new(
            "an old save restored, with a redirect of ours in it",
            $"nft delete table {Table}; sed 's/galeragate:n1:[0-9]*/galeragate:n1:1/' $SAVE | nft -f -"),
        new("the table put to sleep", $"nft 'add table {Table} {{ flags dormant; }}'"),
    ];

    public static IReadOnlyList<Mischief> Of(string backend) =>
        backend == BackendTests.Nftables ? ByNftables : ByIptables;

    /// <summary>Saves the tables to the given file.</summary>
    public static string Save(string backend, string file) =>
        backend == BackendTests.Nftables
            ? $"nft list table {Table} | sed '/elements/d' > {file}"
            : $"iptables-save -t nat > {file}";

    private static string Handle(string word) =>
        $"$(nft -a list chain {Table} gate | grep {word} | sed 's/.*handle //')";
}
