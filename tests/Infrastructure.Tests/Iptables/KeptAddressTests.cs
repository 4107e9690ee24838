using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Iptables;

/// <summary>
/// A client meets the server at the address that it connected to: the real iptables, judged by what clients meet. The
/// host has a primary and a secondary address in both families.
/// </summary>
public sealed class KeptAddressTests : IDisposable
{
    private static readonly Redirect OpenAt7 = new(7, 7);
    private static readonly string[] Primary = ["10.77.0.1", "fd77::1"];
    private static readonly string[] Secondary = ["10.77.0.5", "fd77::5"];

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Space _client;
    private readonly List<Socket> _listeners = [];

    public KeptAddressTests()
    {
        (_server, _client) = _host.AddLinkedSpaces();
        _server.Run("ip", "addr", "add", "10.77.0.5/24", "dev", "eth0");
        _server.Run("ip", "-6", "addr", "add", "fd77::5/64", "dev", "eth0", "nodad");
    }

    public void Dispose()
    {
        _listeners.ForEach(listener => listener.Dispose());
        _host.Dispose();
    }

    [Fact]
    public Task A_server_on_only_a_secondary_address_is_reached_there() => Open(localClients: false, Secondary, () =>
    {
        Assert.All(Secondary, address => Assert.Equal(Meets.Server, GatePort.Meet(_client, address)));
        Assert.All(Primary, address => Assert.Equal(Meets.Refused, GatePort.Meet(_client, address)));
    });

    [Fact]
    public Task A_server_that_listens_on_several_addresses_is_reached_at_each() =>
        Open(
            localClients: false,
            [.. Primary, .. Secondary],
            () => Assert.All(
                [.. Primary, .. Secondary],
                address => Assert.Equal(Meets.Server, GatePort.Meet(_client, address))));

    [Fact]
    public Task A_local_client_reaches_the_address_that_it_asked_for() => Open(localClients: true, Secondary, () =>
    {
        Assert.All(Secondary, address => Assert.Equal(Meets.Server, GatePort.Meet(_server, address)));
        Assert.All(
            ["127.0.0.1", "::1", .. Primary],
            address => Assert.Equal(Meets.Refused, GatePort.Meet(_server, address)));
    });

    [Fact]
    public Task A_server_on_every_address_is_also_reached_over_loopback() =>
        Open(
            localClients: true,
            ["0.0.0.0", "::"],
            () => Assert.All(
                ["127.0.0.1", "::1", .. Primary, .. Secondary],
                address => Assert.Equal(Meets.Server, GatePort.Meet(_server, address))));

    [Fact]
    public Task A_floating_address_works_as_soon_as_the_host_has_it() =>
        Open(
            localClients: false,
            ["0.0.0.0", "::"],
            () =>
    {
        _server.Run("ip", "addr", "add", "10.77.0.99/32", "dev", "lo");
        _client.Run("ip", "route", "add", "10.77.0.99/32", "via", "10.77.0.1");
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.99"));
    });

    [Theory]
    [InlineData(Family.Ipv4, "10.77.0.1")]
    [InlineData(Family.Ipv6, "fd77::1")]
    public Task The_rule_of_0_1_0_is_adopted_and_replaced_without_a_refused_client(
        Family family, string address) => _server.EnterAsync(async () =>
    {
        Listen("0.0.0.0", "::");
        using (var before = new IptablesGate(Rules(localClients: false).Former))
        {
            await before.ConvergeAsync(family, OpenAt7, CancellationToken.None);
        }

        var (met, refused) = (0, 0);
        using var connected = GatePort.Connect(_client, address, 3308);
        using var gate = new IptablesGate(Rules(localClients: false));
        Assert.Equal(7, (await gate.LookAsync(family, CancellationToken.None)).Opened);
        using (new Watch(() =>
        {
            refused += GatePort.Meet(_client, address) == Meets.Server ? 0 : 1;
            met++;
        }))
        {
            while (Volatile.Read(ref met) < 5)
            {
                await Task.Delay(1);
            }

            var changed = await gate.ConvergeAsync(family, OpenAt7, CancellationToken.None);

            Assert.Contains("-j REDIRECT --to-ports 3306", Assert.Single(changed.Found!), StringComparison.Ordinal);
            Assert.Equal(
                [("-j REDIRECT --to-ports 3306", false), ("-j DNAT --to-destination :3306", true)],
                changed.Facts.Select(fact => (fact.Change.Rule[fact.Change.Rule.IndexOf("-j ")..], fact is RuleCame)));
            Assert.Single(changed.Facts.Select(fact => fact.Change.Argv).Distinct());
            var until = met + 10;
            while (Volatile.Read(ref met) < until)
            {
                await Task.Delay(1);
            }
        }

        Assert.Equal(0, refused);
        Assert.Equal(5, connected.Receive(new byte[5]));
        Assert.Empty((await gate.ConvergeAsync(family, OpenAt7, CancellationToken.None)).Facts);
    });

    private static GateRules Rules(bool localClients) => new("n1", 3308, 3306, [], localClients);

    private void Listen(params IEnumerable<string> addresses) =>
        _listeners.AddRange(addresses.Select(address => _server.Greet(IPAddress.Parse(address), 3306)));

    private Task Open(bool localClients, IEnumerable<string> addresses, Action meet) => _server.EnterAsync(async () =>
    {
        Listen(addresses);
        using var gate = new IptablesGate(Rules(localClients));
        foreach (var family in new[] { Family.Ipv4, Family.Ipv6 })
        {
            var opened = await gate.ConvergeAsync(family, OpenAt7, CancellationToken.None);
            Assert.False(opened.HasFailed, string.Join(' ', opened.Facts));
        }

        meet();
    });
}
