using System.Net;
using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>
/// The node's own firewall, with the real binary between two hosts: who gets in, what apply does without a
/// confirmation, what check finds.
/// </summary>
public sealed class FirewallTests : IDisposable
{
    private const string Allow = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT";

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Space _client;
    private readonly List<IDisposable> _open = [];

    public FirewallTests()
    {
        (_server, _client) = _host.AddLinkedSpaces();
        _server.Run("iptables", Allow.Split(' '));
        foreach (var port in new[] { 3306, 4567 })
        {
            _open.Add(_server.Greet(IPAddress.Any, port));
        }

        _open.Add(_server.Greet(IPAddress.IPv6Any, 3306));
    }

    public void Dispose()
    {
        _open.ForEach(one => one.Dispose());
        _host.Dispose();
    }

    [Fact]
    public void Named_sources_get_in_and_all_others_are_refused_at_once()
    {
        Apply("yes", "--peers", "10.77.0.9", "--clients", "10.77.0.2", "--confirm-within", "30s");
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1", 3306));
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1", 3308));
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1", 4567));
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "fd77::1", 3306));
        Assert.Equal(Meets.Server, GatePort.Meet(_server, "127.0.0.1", 3306));

        Apply("yes", "--peers", "10.77.0.2,fd77::2", "--balancers", "fd77::2", "--confirm-within", "30s");
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1", 3306));
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1", 4567));
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "fd77::1", 3306));

        Assert.Equal(0, _server.Try(GateDaemon.Binary, "firewall", "remove").ExitCode);
        Assert.Equal($"-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n{Allow}\n", _server.Run("iptables", "-S"));
    }

    [Fact]
    public void With_gated_only_the_server_port_is_closed_and_the_gate_is_not()
    {
        Apply("yes", "--peers", "10.77.0.9", "--clients", "10.77.0.0/24", "--gated-only", "--confirm-within", "30s");
        using var node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
        using var gate = GateDaemon.StartIn(
            _server,
            Path.Combine(_host.Folder, "journal"),
            "--socket",
            node.Path,
            "--defaults-extra-file",
            "/dev/null");
        _ = GatePort.Await(_client, "10.77.0.1", Meets.Server, 20);

        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1", 3306));
        Assert.Equal(0, gate.Ask("hold", "--reason", "test").ExitCode);
        _ = GatePort.Await(_client, "10.77.0.1", Meets.Refused, 10);
        gate.Stop();
    }

    [Theory]
    [InlineData("no", "30s", false)]
    [InlineData("", "1s", false)] // no answer is typed
    [InlineData("", "30s", true)] // the terminal goes away, and the program with it
    public void Rules_that_are_not_confirmed_are_rolled_back(string answer, string within, bool killed)
    {
        Apply("yes", "--peers", "10.77.0.9", "--clients", "10.77.0.2", "--confirm-within", "30s");
        var before = _server.Run("iptables", "-S") + _server.Run("ip6tables", "-S");

        using var apply = _server.Start(
            GateDaemon.Binary,
            "firewall",
            "apply",
            "--peers",
            "10.77.0.2",
            "--clients",
            "10.99.0.0/24",
            "--confirm-within",
            within);
        Shell.Await(
            () => _server.Run("iptables", "-S").Contains("10.99.0.0/24", StringComparison.Ordinal),
            TimeSpan.FromSeconds(10),
            "the new rules");
        if (killed)
        {
            apply.Kill();
        }
        else if (answer.Length > 0)
        {
            apply.StandardInput.WriteLine(answer);
            apply.StandardInput.Flush();
        }

        apply.WaitForExit();
        Shell.Await(
            () => _server.Run("iptables", "-S") + _server.Run("ip6tables", "-S") == before,
            TimeSpan.FromSeconds(10),
            "the rules of before");
        Assert.Equal(killed ? 137 : 1, apply.ExitCode);
    }

    [Fact]
    public void Confirmed_rules_are_saved_in_the_hosts_file_and_the_gates_rules_are_not()
    {
        using var host = new PrivateHost(_server);
        _ = host.Try("mkdir", "/etc/sysconfig");
        _ = host.Try(
            "sh",
            "-c",
            $"printf '*filter\\n:INPUT ACCEPT [0:0]\\n{Allow}\\nCOMMIT\\n' > /etc/sysconfig/iptables; chmod 600 "
            + "/etc/sysconfig/iptables");
        var before = host.Read("/etc/sysconfig/iptables")!;

        var (exitCode, output, _) = host.Try(
            GateDaemon.Binary,
            "firewall",
            "apply",
            "--peers",
            "10.77.0.2",
            "--clients",
            "10.77.0.2",
            "--confirm-within",
            "off");

        Assert.Equal(0, exitCode);
        Assert.Contains(
            "/etc/sysconfig/iptables written\nipv6: not kept over a reboot: ", output, StringComparison.Ordinal);
        var kept = host.Read("/etc/sysconfig/iptables")!;
        Assert.Contains(
            ":INPUT ACCEPT [0:0]\n:GALERAGATE-IN-3308 - [0:0]\n-A INPUT -j GALERAGATE-IN-3308\n",
            kept,
            StringComparison.Ordinal);
        Assert.Contains(Allow + "\nCOMMIT\n", kept, StringComparison.Ordinal);
        Assert.Equal("600\n", host.Try("stat", "-c", "%a", "/etc/sysconfig/iptables").Output);
        Assert.Equal(0, host.Try(GateDaemon.Binary, "firewall", "remove").ExitCode);
        Assert.Equal(before, host.Read("/etc/sysconfig/iptables"));
    }

    [Fact]
    public void Check_distinguishes_open_refused_and_blocked_and_names_our_rule()
    {
        using var node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
        using var peer = GateDaemon.StartIn(
            _server,
            Path.Combine(_host.Folder, "journal"),
            "--dry-run",
            "--socket",
            node.Path,
            "--defaults-extra-file",
            "/dev/null",
            "--http",
            "*:9200");
        Shell.Await(
            () => GatePort.Meet(_client, "10.77.0.1", 9200, 100) != Meets.Refused,
            TimeSpan.FromSeconds(20),
            "the peer's HTTP port");

        var (exitCode, paths) = Check();
        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                "-> 4567 OK",
                "-> 4568 nothing listens",
                "-> 4444 nothing listens",
                "<- 4567 nothing listens",
                "<- 4568 nothing listens",
                "<- 4444 nothing listens",
                "<- clock OK",
                "-> packet size OK",
            ],
            paths.Select(Words));

        _server.Run("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "4568", "-j", "DROP");
        _client.Run("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "4444", "-j", "DROP");
        _server.Run("ip", "link", "set", "eth0", "mtu", "1400");
        (exitCode, paths) = Check();
        Assert.Equal(1, exitCode);
        Assert.Equal("blocked", Reached(paths, "to", 4568));
        Assert.Equal("blocked", Reached(paths, "from", 4444));
        Assert.Equal(
            "-A INPUT -p tcp -m tcp --dport 4444 -j DROP",
            paths.Single(path => Words(path) == "<- 4444 blocked").GetProperty("rule").GetString());
        Assert.Contains(
            "packets of 1500 bytes do not get there, of 1400 do",
            paths
                .Single(path => path.GetProperty("purpose").GetString() == "packet size")
                .GetProperty("advice")
                .GetString(),
            StringComparison.Ordinal);
        Assert.Contains(
            "<- 4444  full transfer         blocked\n        by -A INPUT -p tcp -m tcp --dport 4444 -j DROP\n",
            _client.Try(GateDaemon.Binary, "firewall", "check", "--peers", "10.77.0.1").Output,
            StringComparison.Ordinal);

        peer.Stop();
        (_, paths) = Check();
        Assert.Equal(
            "not known",
            paths
                .Single(path => path.GetProperty("purpose").GetString() == "the way back")
                .GetProperty("reached")
                .GetString());
    }

    [Theory]
    [InlineData(
        "plan",
        "--clients 10.0.0.1",
        "--peers is empty, and the node could reach no cluster: name the other nodes")]
    [InlineData(
        "plan",
        "--peers 10.0.0.1",
        "--clients and --balancers are empty, and no client could reach the server: name one of them")]
    [InlineData(
        "apply",
        "--peers 10.0.0.1 --clients 10.0.0.0/33",
        "--clients: an address, a network or a host name, not '10.0.0.0/33'")]
    [InlineData(
        "apply",
        "--peers 10.0.0.1 --clients 10.0.0.1 --confirm-within 0s",
        "--confirm-within takes a duration from 1s to 1h, or off, not '0s'")]
    [InlineData("check", "", "--peers is empty: name the other nodes")]
    public void A_wrong_command_is_one_line_with_exit_code_2_and_changes_nothing(string verb, string words, string says)
    {
        Assert.Equal(
            (2, "", $"galeragate: {says}\n"),
            _server.Try(
                GateDaemon.Binary, ["firewall", verb, .. words.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));
        Assert.DoesNotContain("GALERAGATE", _server.Run("iptables", "-S"), StringComparison.Ordinal);
    }

    private static string Words(JsonElement path)
    {
        var port = path.GetProperty("port").GetInt32();
        var purpose = path.GetProperty("purpose").GetString();
        return $"{(path.GetProperty("direction").GetString() == "to" ? "->" : "<-")} "
            + $"{(port == 0 || purpose == "packet size" ? purpose : port)} {path.GetProperty("reached").GetString()}";
    }

    private static string? Reached(IReadOnlyList<JsonElement> paths, string direction, int port) =>
        paths
            .First(path =>
                path.GetProperty("direction").GetString() == direction && path.GetProperty("port").GetInt32() == port)
            .GetProperty("reached")
            .GetString();

    private (int ExitCode, IReadOnlyList<JsonElement> Paths) Check()
    {
        var (exitCode, output, error) = _client.Try(
            GateDaemon.Binary, "firewall", "check", "--peers", "10.77.0.1", "--json");
        Assert.Equal("", error);
        using var document = JsonDocument.Parse(output);
        return (exitCode, [.. document.RootElement.EnumerateArray().Select(path => path.Clone())]);
    }

    private void Apply(string answer, params string[] arguments)
    {
        var (exitCode, output, error) = Shell.TryWith(
            answer + "\n", "ip", ["netns", "exec", _server.Name, GateDaemon.Binary, "firewall", "apply", .. arguments]);
        Assert.True(exitCode == 0, output + error);
    }
}
