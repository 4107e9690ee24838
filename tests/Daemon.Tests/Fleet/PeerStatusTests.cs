using System.Text;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Tests.Fleet;

public sealed class PeerStatusTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"node": "n1"}""")]
    [InlineData("""{"node": 7, "gate": {"phase": "open"}}""")]
    [InlineData("""{"node": "n1", "gate": {"phase": "ajar"}}""")]
    [InlineData("""{"node": "\ud800", "gate": {"phase": "open"}}""")]
    [InlineData("""{"node": "n1", "gate": "open"}""")]
    [InlineData("""{"node": "n1", "gate": {"phase": "open"}, "nod\ud800": 1}""")]
    public void An_answer_that_is_not_a_status_is_unknown(string answer) => Assert.Null(Read(answer));

    [Fact]
    public void The_status_of_a_0_1_0_peer_is_enough()
    {
        var node = Read("""
            {"node": "n2", "gate": {"phase": "closed", "since": "2026-11-26T12:00:00.000000Z", "seconds": 3.5,
             "next": "waits for read-only to end"}, "nodeState": {"state": "Synced"},
             "verdict": {"verdict": "unfit", "reason": "read-only"}, "variables": {"wsrep_local_recv_queue": "12"}}
            """)!;

        Assert.Equal(("n2", "closed", false, "Synced"), (node.Node, node.Gate, node.Open, node.State));
        Assert.Equal(("read-only", "waits for read-only to end"), (node.Why, node.WhatNow));
        Assert.Equal((12L, null, null), (node.ReceiveQueue, node.Clients, node.ClosedLastHour));
    }

    [Fact]
    public void A_hostile_answer_is_cut_and_cleaned_and_cannot_break_the_table()
    {
        var node = Read(
            $$$"""
            {"node": "n\u001b[2J\u202e{{{new string('x', 500)}}}", "gate": {"phase": "open", "seconds": 1e300,
             "why": "\r\n\u0007{{{new string('y', 5000)}}}", "closedLastHour": -3, "since": "tomorrow"},
             "nodeState": ["Synced"], "variables": {"wsrep_local_recv_queue": "99999999999999999999999"},
             "clients": {"through": 1e99}}
            """)!;

        Assert.True(node.Node.Length <= 65 && node.Why!.Length <= 301);
        Assert.DoesNotContain(node.Node + node.Why, c => char.IsControl(c) || c == '\u202e');
        Assert.Equal((null, null, null, null), (node.State, node.Since, node.ReceiveQueue, node.ClosedLastHour));
        Assert.Equal((1e9, int.MaxValue), (node.Seconds, node.Clients));
        var report = new FleetReport(DateTimeOffset.UnixEpoch, 1, [node], []);
        var terminal = new Terminal(false, 80);
        Assert.All(
            FleetTable.Fitting(report, terminal), line => Assert.InRange(terminal.Text(line).Length, 1, 80));
    }

    [Fact]
    public void A_table_of_three_nodes_fits_80_columns_and_says_why_each_is_not_open()
    {
        var closed = new FleetNode
        {
            Node = "db-berlin-2.example.com",
            Gate = "closed",
            Open = false,
            State = "Initialized",
            Why = "wsrep_cluster_status is non-Primary, wsrep_ready is OFF, the node has not joined the cluster",
            WhatNow = "opens 3 good probes and 16 s (back-off) after the component is Primary",
            Seconds = 5000,
            ReceiveQueue = 123456,
            Clients = 12345,
            ClosedLastHour = 1000,
            Age = 0,
            From = FleetNode.OfHttp,
        };
        var silent = new FleetNode { Node = "10.0.0.3", From = FleetNode.OfNothing, Trouble = "no answer" };
        var terminal = new Terminal(false, 80);

        var report = new FleetReport(DateTimeOffset.UnixEpoch, 0, [closed, silent], []);
        var lines = FleetTable.Fitting(report, terminal).Select(terminal.Text).ToList();

        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal("NO GATE OPEN, 1 does not answer", lines[0]);
        Assert.Contains("non-Primary", string.Concat(lines), StringComparison.Ordinal);
        Assert.DoesNotContain('…', string.Concat(lines[1..].Where(line => line.StartsWith(' '))));
        Assert.Equal(4, report.ExitCode);
    }

    [Theory]
    [InlineData(
        """{"watched": 7200}""", "no client from another host came through since the daemon started 2 h 0 min ago")]
    [InlineData(
        """{"watched": 7200, "by": "doctor"}""",
        "no client from another host came through since the daemon started 2 h 0 min ago, only doctor's own knock")]
    [InlineData("""{"watched": 7200, "by": "192.0.2.7"}""", null)]
    [InlineData("""{"watched": 59}""", null)]
    [InlineData("null", null)]
    public void An_open_gate_that_let_no_client_through_is_marked(string outside, string? expected)
    {
        var node = Read($$"""
            {"node": "n2", "gate": {"phase": "open", "seconds": 600}, "outside": {{outside}}}
            """)!;

        var terminal = new Terminal(false, 200);
        var report = new FleetReport(DateTimeOffset.UnixEpoch, 1, [node], []);
        var table = FleetTable.Fitting(report, terminal).Select(terminal.Text).ToList();
        Assert.Equal(expected, node.Outside);
        Assert.Equal(expected is null ? 3 : 4, table.Count);
        Assert.Equal(expected ?? "", table.Count > 3 ? table[3].Trim() : "");
    }

    private static FleetNode? Read(string answer) =>
        PeerStatus.Read(Encoding.UTF8.GetBytes(answer), FleetNode.OfHttp, "10.0.0.2");
}
