using System.Net;
using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>
/// Peers that are given as networks or have several addresses, and paths with a smaller MTU than both ends use.
/// </summary>
public sealed class FirewallCheckTests : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Space _client;
    private readonly List<IDisposable> _open = [];
    private readonly string _names;

    public FirewallCheckTests()
    {
        (_server, _client) = _host.AddLinkedSpaces();
        _open.AddRange([_server.Greet(IPAddress.Any, 4567), _server.Greet(IPAddress.IPv6Any, 4567)]);

        // ip netns exec mounts this file over /etc/hosts.
        _names = Directory.CreateDirectory($"/etc/netns/{_client.Name}").FullName;
        string[] addresses = ["10.77.0.1 n1", "fd77::1 n1", "203.0.113.9 n1", "10.77.0.99 far", "fd77::1 far"];
        File.WriteAllText(Path.Combine(_names, "hosts"), string.Join('\n', addresses) + "\n");
    }

    public void Dispose()
    {
        _open.ForEach(one => one.Dispose());
        Directory.Delete(_names, recursive: true);
        _host.Dispose();
    }

    [Fact]
    public void All_addresses_of_a_name_are_tried_and_one_without_a_route_is_reported()
    {
        Assert.Equal(0, Check("n1").ExitCode);
        _server.Run("ip6tables", "-A", "INPUT", "-p", "tcp", "--dport", "4567", "-j", "DROP");

        var (exitCode, paths) = Check("n1", "10.77.0.0/24");

        Assert.Equal(1, exitCode);
        Assert.Equal(["10.77.0.1 OK", "fd77::1 blocked"], Of(paths, "replication").Order());
        Assert.Equal(["203.0.113.9 not known"], Of(paths, "route"));
        var text = _client.Try(GateDaemon.Binary, "firewall", "check", "--peers", "n1").Output;
        Assert.Contains("n1 (fd77::1)\n  -> 4567  replication           blocked\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gate_is_open_if_any_address_of_its_host_greets()
    {
        using var node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
        string[] peers = ["--peers", "far:4567,10.0.0.0/8"];
        string[] options = ["--dry-run", "--socket", node.Path, "--defaults-extra-file", "/dev/null", .. peers];
        using var gate = GateDaemon.StartIn(_client, Path.Combine(_host.Folder, "journal"), options);
        Shell.Await(() => gate.Ask("status").ExitCode == 0, TimeSpan.FromSeconds(20), "the daemon");

        var (exitCode, _, error) = gate.Ask("hold", "--reason", "test", "--if-others-open", "1");

        Assert.True(exitCode == 0, error);
        gate.Stop();
    }

    [Fact]
    public void Jumbo_packets_that_the_path_drops_are_reported()
    {
        // Both ends send 9000 bytes, and a bridge of 1500 between them silently drops larger packets.
        var middle = _host.AddSpace("middle");
        middle.Run("ip", "link", "add", "br0", "type", "bridge");
        foreach (var (space, number) in new[] { (_server, 1), (_client, 2) })
        {
            string[] pair = ["eth1", "mtu", "9000", "type", "veth", "peer", "name", $"p{number}", "mtu", "1500"];
            space.Run("ip", ["link", "add", .. pair, "netns", middle.Name]);
            space.Run("ip", "addr", "add", $"10.78.0.{number}/24", "dev", "eth1");
            space.Run("ip", "link", "set", "eth1", "up");
            middle.Run("ip", "link", "set", $"p{number}", "master", "br0", "up");
        }

        middle.Run("ip", "link", "set", "br0", "up");

        var (exitCode, paths) = Check("10.78.0.1");
        Assert.Equal((1, "10.78.0.1 trouble"), (exitCode, Of(paths, "packet size").Single()));
        var packets = paths.Single(path => path.GetProperty("purpose").GetString() == "packet size");
        var advice = packets.GetProperty("advice").GetString();
        Assert.StartsWith("packets of 9000 bytes do not get there, of 1500 do", advice, StringComparison.Ordinal);

        foreach (var name in new[] { "p1", "p2", "br0" })
        {
            middle.Run("ip", "link", "set", name, "mtu", "9000");
        }

        (exitCode, paths) = Check("10.78.0.1");
        Assert.Equal((0, "10.78.0.1 OK"), (exitCode, Of(paths, "packet size").Single()));
    }

    [Fact]
    public void Peers_given_only_as_networks_leave_nothing_to_test()
    {
        var (exitCode, output, _) = _client.Try(
            GateDaemon.Binary, "firewall", "plan", "--peers", "10.77.0.0/24,fd77::/64", "--clients", "10.0.0.1");
        Assert.Equal(0, exitCode);
        Assert.Contains("-s 10.77.0.0/24 -p tcp -m multiport --dports 4567,", output, StringComparison.Ordinal);
        Assert.Contains("-s fd77::/64 -p udp -m udp --dport 4567", output, StringComparison.Ordinal);

        var says = "--peers: only networks are named, and each host in them cannot be tried: name the other nodes";
        var check = _client.Try(GateDaemon.Binary, "firewall", "check", "--peers", "10.77.0.0/24");
        Assert.Equal((2, "", $"galeragate: {says}\n"), check);
    }

    private (int ExitCode, IReadOnlyList<JsonElement> Paths) Check(params string[] peers)
    {
        string[] arguments = ["firewall", "check", "--json", "--peers", .. peers];
        var (exitCode, output, error) = _client.Try(GateDaemon.Binary, arguments);
        Assert.Equal("", error);
        using var document = JsonDocument.Parse(output);
        return (exitCode, [.. document.RootElement.EnumerateArray().Select(path => path.Clone())]);
    }

    private static IEnumerable<string> Of(IReadOnlyList<JsonElement> paths, string purpose) => paths
        .Where(path => path.GetProperty("purpose").GetString() == purpose)
        .Where(path => path.GetProperty("direction").GetString() == "to")
        .Select(path => $"{path.GetProperty("address").GetString()} {path.GetProperty("reached").GetString()}");
}
