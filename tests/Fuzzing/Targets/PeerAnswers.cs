using System.Text;
using GaleraGate.Daemon.Fleet;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>Whatever another host answers at /status is either a node that can be shown, or no status.</summary>
internal static class PeerAnswers
{
    public static IEnumerable<byte[]> Seeds() =>
        new[]
        {
            """
            {"node":"n1","gate":{"phase":"open","why":"synced","since":"2026-11-21T03:14:00.000001Z","seconds":12.5,
            "whatNow":"x","next":"y","closedLastHour":2},"nodeState":{"state":"Synced"},"verdict":{"reason":"synced"},
            "variables":{"wsrep_local_recv_queue":"3","replica_lag":"0"},"clients":{"through":4}}
            """,
            """{"node":"n\u0031\u001b[2J","gate":{"phase":"closed","since":"\ud800","seconds":-1,"why":"\u202e"}}""",
            """{"n\u006fde":"n1","gate":{"phase":"held","seconds":1e999},"clients":{"through":1e99}}""",
        }.Select(Encoding.UTF8.GetBytes);

    public static void Run(byte[] input)
    {
        if (PeerStatus.Read(input, "10.0.0.1", "10.0.0.1:9200") is not { } node)
        {
            return;
        }

        foreach (var text in new[] { node.Node, node.Gate, node.State, node.Why, node.WhatNow })
        {
            Check.That(text is null || (text.Length <= 301 && !text.Any(char.IsControl)), $"cannot be shown: {text}");
        }

        Check.That(node.Seconds is null or (>= 0 and <= 1e9), "no number that a person could mean");
        Check.That(node.Clients is null or >= 0 && node.ClosedLastHour is null or >= 0, "a count below zero");
    }
}
