using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Nftables;
using GaleraGate.Infrastructure.Tests.Firewall;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Nftables;

/// <summary>
/// The kernel's real nf_tables in namespaces of their own, judged by what clients meet and by what nft lists. A
/// listener on 3306 stands in for the server.
/// </summary>
public sealed class NativeGateTests : IDisposable
{
    private const string Table = "galeragate-3308";
    private static readonly Redirect OpenAt7 = new(7, 7);
    private static readonly Redirect ClosedBy9 = new(null, 9);
    private static readonly string[] Addresses = ["10.77.0.1", "fd77::1"];

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Space _client;
    private readonly List<Socket> _listeners;

    public NativeGateTests()
    {
        (_server, _client) = _host.AddLinkedSpaces();
        _listeners = [_server.Greet(IPAddress.Any, 3306), _server.Greet(IPAddress.IPv6Any, 3306)];
    }

    public void Dispose()
    {
        _listeners.ForEach(listener => listener.Dispose());
        _host.Dispose();
    }

    [Fact]
    public Task One_rule_admits_clients_of_both_families_exactly_while_the_gate_is_open() => Inside(async gate =>
    {
        var closed = await ConvergeAsync(gate, ClosedBy9);
        Assert.All(closed.Facts, fact => Assert.False(Assert.IsType<RuleCame>(fact).IsRedirect));
        MustMeet(Meets.Refused);

        var opened = await ConvergeAsync(gate, OpenAt7);
        var added = Assert.IsType<RuleCame>(Assert.Single(opened.Facts));
        Assert.True(added.IsRedirect);
        Assert.Equal((Family.Inet, 0, 7L), (added.Change.Family, added.Change.ExitCode, opened.Cause));
        MustMeet(Meets.Server);
        var seen = await gate.LookAsync(Family.Inet, CancellationToken.None);
        Assert.Equal((7L, added.Change.Rule), (seen.Opened, Assert.Single(seen.Redirects!)));
        Assert.Empty((await ConvergeAsync(gate, OpenAt7)).Facts);

        Assert.True(Assert.IsType<RuleWent>(Assert.Single((await ConvergeAsync(gate, ClosedBy9)).Facts)).IsRedirect);
        MustMeet(Meets.Refused);
    });

    [Fact]
    public Task The_listing_is_in_nfts_notation_and_nft_can_load_it() => Inside(async _ =>
    {
        using var lease = new NativeLease(3308, TimeSpan.FromSeconds(5));
        string[] sources = ["10.77.0.2/32", "10.0.0.0/9", "0.0.0.0/0", "fd77::/64", "fd77::2/128", "::/0"];
        using var gate = new NativeGate(
            Rules(sources, localClients: true) with { Leased = true, Node = "a-b_c.d" }, lease);
        var made = (await ConvergeAsync(gate, OpenAt7)).Facts.Select(fact => fact.Change.Rule).ToList();
        var listed = _server.Run("nft", ["list", "table", "inet", Table]);

        Assert.Equal(14, made.Count);
        Assert.All(
            made.Where(line => line.StartsWith("rule ", StringComparison.Ordinal)),
            line => Assert.Contains("\t\t" + line.Split(' ', 5)[4] + "\n", listed, StringComparison.Ordinal));
        _server.Run("nft", ["flush", "ruleset"]);
        File.WriteAllLines(Path.Combine(_host.Folder, "made"), made.Select(line => "add " + line));
        _server.Run("nft", ["-f", Path.Combine(_host.Folder, "made")]);
        Assert.Equal(listed, _server.Run("nft", ["list", "table", "inet", Table]));
    });

    [Fact]
    public Task A_purge_leaves_nothing_and_keeps_foreign_tables() => Inside(async gate =>
    {
        _server.Run("nft", ["add", "table", "inet", "other"]);
        var before = _server.Run("nft", ["list", "ruleset"]);
        await ConvergeAsync(gate, OpenAt7);

        var purged = await gate.PurgeAsync(Family.Inet, CancellationToken.None);

        Assert.Equal(6, purged.Facts.OfType<RuleWent>().Count());
        Assert.Single(purged.Facts, fact => fact is RuleWent { IsRedirect: true });
        Assert.Equal(before, _server.Run("nft", ["list", "ruleset"]));
        Assert.Empty((await gate.PurgeAsync(Family.Inet, CancellationToken.None)).Facts);
        MustMeet(Meets.Refused);
    });

    [Theory]
    [InlineData("flush ruleset")]
    [InlineData($"delete table inet {Table}")]
    [InlineData($"flush table inet {Table}")]
    [InlineData($"flush chain inet {Table} gate")]
    [InlineData($"flush chain inet {Table} prerouting")]
    [InlineData($"add table inet {Table} {{ flags dormant; }}")]
    [InlineData($"insert rule inet {Table} gate drop")]
    [InlineData($"insert rule inet {Table} prerouting accept")]
    [InlineData($"add rule inet {Table} gate tcp dport 3308 redirect to :22")]
    [InlineData($"add rule inet {Table} prerouting counter log")]
    [InlineData($"add chain inet {Table} prerouting {{ policy drop; }}")]
    [InlineData($"add chain inet {Table} extra {{ type nat hook prerouting priority -150; }}")]
    [InlineData($"delete rule inet {Table} gate handle $H; add rule inet {Table} gate tcp dport 3308 dnat to :22")]
    [InlineData($"delete table inet {Table}; add table inet {Table}; add set inet {Table} open {{ type ipv4_addr; }}")]
    public Task Any_change_to_our_table_by_another_program_is_corrected(string mischief) => Inside(async _ =>
    {
        using var lease = new NativeLease(3308, TimeSpan.FromMinutes(1));
        using var gate = new NativeGate(Rules([]) with { Leased = true }, lease);
        await ConvergeAsync(gate, OpenAt7);
        var ours = _server.Run("nft", ["list", "table", "inet", Table]);
        var handle = _server.Run("nft", ["-a", "list", "table", "inet", Table]).Split('\n')
            .First(line => line.Contains("dnat", StringComparison.Ordinal)).Split(' ')[^1];
        _server.Run("nft", [mischief.Replace("$H", handle, StringComparison.Ordinal)]);

        var mended = await ConvergeAsync(gate, OpenAt7);

        Assert.NotEmpty(mended.Facts);
        Assert.Empty(mended.Facts.OfType<ChangeFailed>());
        Assert.Equal(ours, _server.Run("nft", ["list", "table", "inet", Table]));
        Assert.Null(lease.Refresh());
        MustMeet(Meets.Server);
        Assert.Empty((await ConvergeAsync(gate, OpenAt7)).Facts);
    });

    [Fact]
    public Task Only_named_sources_get_through_and_a_family_without_any_is_closed() => Inside(async _ =>
    {
        using var elsewhere = new NativeGate(Rules(["192.0.2.0/24"]));
        using var here = new NativeGate(Rules(["192.0.2.0/24", "10.77.0.2/32"]));

        await ConvergeAsync(elsewhere, OpenAt7);
        MustMeet(Meets.Refused);
        await ConvergeAsync(here, OpenAt7);
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1"));
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "fd77::1"));
        Assert.Equal(7, (await here.LookAsync(Family.Inet, CancellationToken.None)).Opened);
        Assert.Null((await elsewhere.LookAsync(Family.Inet, CancellationToken.None)).Opened);
    });

    [Fact]
    public Task Local_clients_are_redirected_only_if_enabled_and_only_to_this_host() => Inside(async gate =>
    {
        using var local = new NativeGate(Rules([], localClients: true));
        await ConvergeAsync(gate, OpenAt7);
        Assert.Equal(Meets.Refused, GatePort.Meet(_server, "10.77.0.1"));

        await ConvergeAsync(local, OpenAt7);
        Assert.All([.. Addresses, "127.0.0.1", "::1"], to => Assert.Equal(Meets.Server, GatePort.Meet(_server, to)));

        // Another node's closed gate must not lead to our own server.
        Assert.Equal(Meets.Refused, GatePort.Meet(_server, "10.77.0.2"));

        // After a restart without the option, the chain is removed.
        await ConvergeAsync(gate, OpenAt7);
        Assert.Equal(Meets.Refused, GatePort.Meet(_server, "10.77.0.1"));
    });

    [Fact]
    public Task The_rule_keeps_the_address_that_a_client_asked_for() => Inside(async gate =>
    {
        _listeners.ForEach(listener => listener.Dispose());
        _server.Run("ip", "addr", "add", "10.77.0.5/24", "dev", "eth0");
        _server.Run("ip", "-6", "addr", "add", "fd77::5/64", "dev", "eth0", "nodad");
        _listeners.AddRange([
            _server.Greet(IPAddress.Parse("10.77.0.5"), 3306), _server.Greet(IPAddress.Parse("fd77::5"), 3306),
        ]);
        await ConvergeAsync(gate, OpenAt7);

        Assert.All(["10.77.0.5", "fd77::5"], to => Assert.Equal(Meets.Server, GatePort.Meet(_client, to)));
        MustMeet(Meets.Refused);
    });

    /// <summary>Nothing else in the namespace uses connection tracking; only the anchor keeps it active.</summary>
    [Fact]
    public Task A_connected_client_stays_while_the_gate_closes_and_opens_again() => Inside(async gate =>
    {
        _listeners.ForEach(listener => listener.Dispose());
        _listeners.AddRange([Echo(IPAddress.Any), Echo(IPAddress.IPv6Any)]);
        await ConvergeAsync(gate, OpenAt7);
        var clients = Addresses.Select(address => GatePort.Connect(_client, address, 3308)).ToList();
        foreach (var wish in new[] { OpenAt7, ClosedBy9, new Redirect(11, 11), ClosedBy9 })
        {
            await ConvergeAsync(gate, wish);
            clients.ForEach(MustAnswer);
        }

        _server.Run("nft", ["flush", "table", "inet", Table]);
        await ConvergeAsync(gate, ClosedBy9);
        clients.ForEach(MustAnswer);
        clients.ForEach(client => client.Dispose());
    });

    [Fact]
    public Task The_generation_changes_with_other_programs_changes_not_with_a_refresh() => Inside(async _ =>
    {
        using var lease = new NativeLease(3308, TimeSpan.FromSeconds(5));
        using var gate = new NativeGate(Rules([]) with { Leased = true }, lease);
        await ConvergeAsync(gate, OpenAt7);
        var first = gate.Generation(Family.Inet);
        Assert.NotNull(first);
        for (var refresh = 0; refresh < 3; refresh++)
        {
            Assert.Null(lease.Refresh());
        }

        _server.Run("nft", ["list", "ruleset"]);
        Assert.Equal(first, gate.Generation(Family.Inet));
        _server.Run("nft", ["add", "table", "inet", "other"]);
        Assert.NotEqual(first, gate.Generation(Family.Inet));
    });

    [Fact]
    public Task A_worker_reports_existing_rules_and_restores_them_after_a_flush() => Inside(async gate =>
    {
        await ConvergeAsync(gate, OpenAt7);
        var signals = new List<Signal>();
        using var ending = new CancellationTokenSource();
        var worker = new RedirectWorker(gate, Family.Inet, Signals.Into(signals));
        var working = worker.RunAsync(ending.Token);
        await Signals.UntilAsync(() => signals.Count > 0);
        Assert.Equal(7, Assert.IsType<RedirectReported>(signals[0]).Opened);

        worker.Want(OpenAt7);
        _server.Run("nft", ["flush", "ruleset"]);
        await Signals.UntilAsync(() => signals.OfType<RedirectChanged>()
            .Any(changed => changed.Result.Facts.Any(fact => fact is RuleCame { IsRedirect: true })));

        MustMeet(Meets.Server);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);
    });

    private static NativeRules Rules(IEnumerable<string> sources, bool localClients = false) =>
        new("n1", 3308, 3306, [.. sources.Select(IPNetwork.Parse)], localClients);

    private static Task<RedirectResult> ConvergeAsync(NativeGate gate, Redirect wanted) =>
        gate.ConvergeAsync(Family.Inet, wanted, CancellationToken.None);

    private void MustMeet(Meets wanted) =>
        Assert.All(Addresses, address => Assert.Equal(wanted, GatePort.Meet(_client, address)));

    /// <summary>
    /// Acknowledged at once: an acknowledgement that arrives while a flush has ended all translation matches no
    /// connection and resets it.
    /// </summary>
    private static void MustAnswer(Socket client)
    {
        const int Tcp = 6;
        const int QuickAcknowledgement = 12;
        client.ReceiveTimeout = 3000;
        Assert.Equal(1, client.Send([42]));
        Assert.Equal(1, client.Receive(new byte[1]));
        client.SetRawSocketOption(Tcp, QuickAcknowledgement, BitConverter.GetBytes(1));
    }

    /// <summary>Echoes what it receives.</summary>
    private Socket Echo(IPAddress address) => _server.Enter(() =>
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listener.DualMode = false;
        }

        listener.Bind(new IPEndPoint(address, 3306));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            using var client = await listener.AcceptAsync();
            var bytes = new byte[1];
            while (await client.ReceiveAsync(bytes) == 1)
            {
                _ = await client.SendAsync(bytes);
            }
        });
        return listener;
    });

    private Task Inside(Func<NativeGate, Task> test) => _server.EnterAsync(async () =>
    {
        using var gate = new NativeGate(Rules([]));
        await test(gate);
    });
}
