using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Connections;

/// <summary>
/// On a host that drops packets of unknown connections, two idle connections survive: a replica's to its source, and a
/// client's through the gate. They survive repeated gate changes, the application of the planned rules, and the loss of
/// all connection tracking.
/// </summary>
public sealed class LongConnectionsTests : IDisposable
{
    /// <summary>GATE_CHANGES=1000 runs it for long.</summary>
    private static readonly int Changes = int.Parse(
        Environment.GetEnvironmentVariable("GATE_CHANGES") ?? "100", CultureInfo.InvariantCulture);

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Space _client;

    public LongConnectionsTests() => (_server, _client) = _host.AddLinkedSpaces();

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the same host with only the usual rules: shows what the planned ones are for
    public Task Idle_connections_survive_gate_changes_and_a_loss_of_tracking_as_planned(bool planned) =>
        _server.EnterAsync(async () =>
    {
        foreach (var rule in new[]
        {
            "-P INPUT DROP",
            "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
            "-A INPUT -p tcp --dport 3306 -m conntrack --ctstate NEW --syn -j ACCEPT",
        })
        {
            _server.Run("iptables", rule.Split(' '));
        }

        using var gate = new IptablesGate(new GateRules("n1", 3308, 3306, [], LocalClients: false));
        await gate.ConvergeAsync(Family.Ipv4, new Redirect(1, 1), CancellationToken.None);
        using var served = new TcpListener(IPAddress.Any, 3306);
        served.Start();
        using var source = _client.Enter(() =>
        {
            var listener = new TcpListener(IPAddress.Any, 3306);
            listener.Start();
            return listener;
        });
        using var client = GatePort.Connect(_client, "10.77.0.1", 3308);
        using var inside = await served.AcceptSocketAsync();
        using var replica = GatePort.Connect(_server, "10.77.0.2", 3306);
        using var primary = await source.AcceptSocketAsync();
        if (planned)
        {
            var rules = new ClusterRules
            {
                GatePort = 3308,
                ServerPort = 3306,
                Clients = [new Source(IPNetwork.Parse("10.77.0.0/24"), "clients")],
                ReplicationSources = [new Source(IPNetwork.Parse("10.77.0.2/32"), "primary")],
            };
            await new FilterChain(rules.Chain).MakeAsync(
                Family.Ipv4, rules.Wanted(Family.Ipv4), CancellationToken.None);
        }

        for (var i = 2; i < Changes + 2; i++)
        {
            Assert.DoesNotContain(
                (
                    await gate.ConvergeAsync(
                        Family.Ipv4, new Redirect(i % 2 == 0 ? null : i, i), CancellationToken.None)
                ).Facts,
                fact => fact is ChangeFailed);
        }

        await gate.ConvergeAsync(Family.Ipv4, new Redirect(Changes + 2, Changes + 2), CancellationToken.None);
        Assert.True(Talks(client, inside));
        Assert.True(Talks(inside, client));
        Assert.True(Talks(primary, replica));

        // The client sends next, as clients do; on the replica's connection the source does.
        _ = _server.Try("conntrack", "-F");
        Assert.Equal(planned, Talks(primary, replica));
        Assert.Equal(planned, Talks(client, inside));
    });

    /// <summary>What one end sends arrives at the other.</summary>
    private static bool Talks(Socket from, Socket to)
    {
        const double Seconds = 2;
        _ = from.Send([1]);
        return to.Poll(TimeSpan.FromSeconds(Seconds), SelectMode.SelectRead) && to.Receive(new byte[16]) > 0;
    }
}
