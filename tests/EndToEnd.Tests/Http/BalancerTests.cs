using System.Globalization;
using GaleraGate.Lab;
using Xunit.Abstractions;

namespace GaleraGate.EndToEnd.Tests.Http;

/// <summary>
/// Each balancer in docs/balancers, with its configuration from there, in front of the real cluster. A client queries
/// all the time, and no new connection reaches a node whose gate is closed. BALANCER_FAULTS=all runs every fault and
/// prints the client's failures; the default is one fault.
/// </summary>
[Collection(nameof(ThreeMoreNodes))]
public sealed class BalancerTests : IDisposable
{
    /// <summary>How long a balancer may take to see a closed gate: the slowest ones check once a second.</summary>
    private static readonly TimeSpan Sees = TimeSpan.FromSeconds(2.5);

    private readonly ThreeNodes _three;
    private readonly ITestOutputHelper _output;
    private readonly List<GateDaemon> _gates;
    private readonly Space _host;
    private static int _hosts;

    public BalancerTests(ThreeNodes nodes, ITestOutputHelper testOutput)
    {
        (_three, _output) = (nodes, testOutput);
        nodes.BeginAnew(afterFaults: true);
        var number = 20 + Interlocked.Increment(ref _hosts);
        _host = nodes.Cluster.AddHost(string.Create(CultureInfo.InvariantCulture, $"lb{number}"), number);
        nodes.Cluster.ShareFloatingAddress();
        _gates = [.. nodes.Cluster.Nodes.Select(node => GateDaemon.Start(node, "--http", "*:9200"))];
    }

    public void Dispose()
    {
        _gates.ForEach(gate => gate.Dispose());
        _three.Cluster.UnshareFloatingAddress();
    }

    /// <summary>The balancers that can run here: not every kernel has IPVS.</summary>
    public static TheoryData<string> Configurations() =>
        [
            .. Balancer.Configurations.Where(one =>
                one != "keepalived.conf" || Shell.Try("ipvsadm", "-Ln").ExitCode == 0),
        ];

    [Fact]
    public void Each_balancer_accepts_its_documented_configuration()
    {
        var folder = Path.Combine(Repository.Root, "docs", "balancers");
        foreach (var haproxy in Directory.GetFiles(folder, "*.cfg"))
        {
            _ = Shell.Run("haproxy", "-c", "-f", haproxy);
        }

        _ = Shell.Run(
            "nginx",
            "-t",
            "-c",
            Path.Combine(folder, "nginx.conf"),
            "-g",
            $"pid {_three.Cluster.Folder}/nginx.pid; error_log {_three.Cluster.Folder}/nginx.log;");
        _ = _host.Run("keepalived", "--config-test", "--use-file", Path.Combine(folder, "keepalived.conf"));
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void No_balancer_sends_a_new_connection_to_a_closed_gate(string configuration)
    {
        var address =
            configuration == "keepalived.conf"
                ? Balancer.FloatingAddress
                : _three.Node(1).Address[..^1] + _host.Name[^2..];
        using var balancer = Balancer.Start(_three.Cluster, _host, configuration);
        using var client = new QueryingClient(_three.Client, address, Balancer.PortOf(configuration));
        foreach (var (name, begin, end) in Faults())
        {
            AwaitAll(client, configuration);
            var (failed, all) = (client.Failed, Answers(client));
            begin();
            try
            {
                _ = GatePort.Await(_three.Client, _three.Node(1).Address, Meets.Refused, 30);
                Thread.Sleep(Sees);
                var (ofClosed, ofOthers) = (Of(client, 1), Of(client, 2) + Of(client, 3));
                Shell.Await(
                    () => Of(client, 2) + Of(client, 3) >= ofOthers + 20,
                    TimeSpan.FromSeconds(30),
                    $"{configuration} to use the other two: {client.LastFailure}");
                Assert.Equal(ofClosed, Of(client, 1));
            }
            finally
            {
                end();
            }

            _ = GatePort.Await(_three.Client, _three.Node(1).Address, Meets.Server, 60);
            AwaitAll(client, configuration);
            _output.WriteLine(
                $"{configuration} {name}: {client.Failed - failed} failed of "
                + $"{Answers(client) - all}{(client.Failed > failed ? $": {client.LastFailure}" : "")}");
        }

        if (IsWhole)
        {
            RollingRestart(client, configuration);
        }
    }

    private static bool IsWhole => Environment.GetEnvironmentVariable("BALANCER_FAULTS") == "all";

    private (string Name, Action Begin, Action End)[] Faults()
    {
        var node = _three.Node(1);
        (string, Action, Action) first = ("read-only", () => node.ReadOnly(true), () => node.ReadOnly(false));
        return IsWhole
            ?
            [
                first,
                ("donor", () => node.Desync(true), () => node.Desync(false)),
                (
                    "kill -9",
                    node.Kill,
                    () =>
                    {
                        node.Start();
                        node.AwaitSynced();
                    }),
            ]
            : [first];
    }

    private void RollingRestart(QueryingClient client, string configuration)
    {
        var (failed, all) = (client.Failed, Answers(client));
        for (var i = 0; i < 3; i++)
        {
            var (node, gate) = (_three.Cluster.Nodes[i], _gates[i]);
            Assert.Equal(0, gate.Ask("hold", "--reason", "rolling restart", "--drain", "10s").ExitCode);
            Thread.Sleep(Sees);
            node.Stop();
            node.Start();
            node.AwaitSynced();
            Assert.Equal(0, gate.Ask("release").ExitCode);
            _ = GatePort.Await(_three.Client, node.Address, Meets.Server, 60);
        }

        AwaitAll(client, configuration);
        _output.WriteLine(
            $"{configuration} rolling restart with hold --drain: {client.Failed - failed} failed of "
            + $"{Answers(client) - all}{(client.Failed > failed ? $": {client.LastFailure}" : "")}");
    }

    /// <summary>Waits until each of the three nodes answers.</summary>
    private static void AwaitAll(QueryingClient client, string configuration)
    {
        var before = Enumerable.Range(1, 3).Select(number => Of(client, number)).ToList();
        Shell.Await(
            () => Enumerable.Range(1, 3).All(number => Of(client, number) > before[number - 1]),
            TimeSpan.FromSeconds(30),
            $"{configuration} to use all three: {client.LastFailure}");
    }

    private static int Of(QueryingClient client, int number) => client.Answered.GetValueOrDefault($"n{number}");

    private static int Answers(QueryingClient client) => client.Answered.Values.Sum() + client.Failed;
}
