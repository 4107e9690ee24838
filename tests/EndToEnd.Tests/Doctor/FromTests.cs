using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Doctor;

/// <summary>Another node's daemon knocks on this node's gate.</summary>
[Collection(nameof(ThreeMoreNodes))]
public sealed class FromTests
{
    private readonly ThreeNodes _three;

    public FromTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
    }

    [Fact]
    public void A_peer_connects_to_the_gate_and_doctor_reports_the_result()
    {
        var (node, peer) = (_three.Node(1), _three.Node(2));
        using var gate = GateDaemon.Start(node);
        using var other = GateDaemon.Start(peer, "--http", "*:9200");
        GatePort.Await(_three.Client, node.Address, Meets.Server, 30);
        GatePort.Await(_three.Client, peer.Address, Meets.Server, 30);

        Assert.Equal(("ok", $"the gate is open, and {peer.Address} meets the server"), From(peer.Address));

        string[] drop = ["INPUT", "-s", peer.Address, "-p", "tcp", "--dport", "3306", "-j", "DROP"];
        node.Space.Run("iptables", ["-I", .. drop]);
        Assert.Equal(
            ("error", $"the gate is open, and {peer.Address} does not get through: no answer"), From(peer.Address));
        node.Space.Run("iptables", ["-D", .. drop]);

        _ = gate.Ask("hold", "--reason", "a test");
        GatePort.Await(_three.Client, node.Address, Meets.Refused, 30);
        Assert.Equal(("ok", $"the gate is closed, and {peer.Address} is refused"), From(peer.Address));

        // A node without the HTTP port.
        Assert.Equal(
            ("warning", $"{_three.Node(3).Address} does not answer at HTTP port 9200"),
            From(_three.Node(3).Address));
    }

    [Fact]
    public void The_peer_connects_to_no_other_port_and_no_other_host()
    {
        using var other = GateDaemon.Start(_three.Node(2), "--http", "*:9200");
        GatePort.Await(_three.Client, _three.Node(2).Address, Meets.Server, 30);
        var url = $"http://{_three.Node(2).Address}:9200/reach";
        var space = _three.Node(1).Space;

        Assert.Contains("\"gatePort\": 3308", space.Run("curl", "-s", url + "?gate"), StringComparison.Ordinal);
        foreach (var asked in new[] { "", "?gate=3306", "?gate&port=22", "?gate=10.77.0.3" })
        {
            Assert.DoesNotContain("gate", space.Run("curl", "-s", url + asked), StringComparison.Ordinal);
        }
    }

    private (string? Severity, string? Says) From(string peer)
    {
        var node = _three.Node(1);
        var (_, output, error) = node.Space.Try(
            GateDaemon.Binary,
            "doctor",
            "--json",
            "--socket",
            node.Socket,
            "--defaults-extra-file",
            node.Credentials,
            "--from",
            peer);
        Assert.True(output.Length > 0, error);
        using var findings = JsonDocument.Parse(output);
        var found = findings.RootElement.EnumerateArray()
            .Single(finding => finding.GetProperty("subject").GetString() == "from");
        return (found.GetProperty("severity").GetString(), found.GetProperty("says").GetString());
    }
}
