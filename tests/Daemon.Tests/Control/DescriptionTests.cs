using GaleraGate.Daemon.Control;
using GaleraGate.Domain.Audit;

namespace GaleraGate.Daemon.Tests.Control;

/// <summary>A status in sentences: the whole text, as a person would read it aloud.</summary>
public sealed class DescriptionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 3, 14, 0, TimeSpan.Zero);

    [Fact]
    public void A_closed_gate_is_described_with_its_reason_and_what_it_waits_for() => Assert.Equal(
        [
            "The gate of n2 is closed, and has been for 3 min 2 s, since 2026-11-26 03:10:58Z: read_only is ON. It "
            + "opens 3 good probes after read_only is OFF.",
            "The node has been Synced for 5 h 0 min, in a Primary component of 3. The server at "
            + "/run/mysqld/mysqld.sock is asked every 250ms and answered 0.1 s ago in 2ms. None of 900 probes failed.",
            "9 clients are connected through the gate. The redirect of port 3308 (ipv4 and ipv6) is absent. The lease "
            + "is released while the gate is closed.",
            "The journal in /var/lib/galeragate/journal has 27 events, all on disk. The archive has them all.",
            "The daemon, version 0.2.0, has run for 5 h 0 min: the gate opened twice and closed once, once unplanned "
            + "in the last hour.",
        ],
        Told(Closed()).Split('\n'));

    [Fact]
    public void Each_problem_is_mentioned_where_it_belongs()
    {
        var status = Closed() with
        {
            Gate = Closed().Gate with { Phase = "held", Why = "held by alice: kernel upgrade" },
            Holds = [new HoldReport("operator", "alice", "kernel upgrade", Now, 120)],
            Redirects = [new RedirectReport("ipv4", false, true, [], "4: the lock is held")],
            Lease = new LeaseReport(null, null, "ipset is not installed"),
            Probe = Closed().Probe with { Error = "refused", Answered = 12, Failed = 40 },
            Archive = new ArchiveReport("node/prod/n2", 20, 7, 60, "it refuses the password"),
            Clients = new ConnectionsReport(0, "not permitted"),
            Counters = new Counters { GateOpened = 3, GateClosed = 3, DriftFound = 2, LeasesLapsed = 1 },
        };

        var told = Told(status);
        foreach (var sentence in new[]
        {
            "The gate of n2 is held closed, ",
            "alice has held it for 2 min 0 s: kernel upgrade.",
            "and does not answer: refused; its last answer is 12 s old.",
            "How many clients are connected is not known: not permitted.",
            "(ipv4) is in place; its last change failed, exit 4: the lock is held, which is not as it should be.",
            "No lease is kept: ipset is not installed: if the daemon dies, its redirect stays.",
            "Nothing reaches the archive: it refuses the password; 7 events wait.",
            "the gate opened 3 times and closed 3 times, once unplanned in the last hour.",
            "Something else changed its rules twice. Its lease ended once.",
        })
        {
            Assert.Contains(sentence, told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_latest_changes_are_few_and_rules_are_not_among_them()
    {
        var recent = Enumerable.Range(1, 30).Select(seq =>
            new EventReport(seq, Now, seq % 3 == 0 ? "GateOpened" : "RedirectAdded", "open"));
        var last = Description.Last(Closed() with { Recent = [.. recent] });

        Assert.Equal([9L, 12, 15, 18, 21, 24, 27, 30], last.Select(one => one.Seq));
    }

    private static string Told(StatusReport status) => string.Join(
        '\n',
        Description.Of(status).Select(line => string.Concat(line.Pieces.Select(piece => piece.Text))));

    private static StatusReport Closed() => new()
    {
        Version = "0.2.0",
        Node = "n2",
        Pid = 4711,
        DryRun = false,
        At = Now,
        Started = Now.AddHours(-5),
        Uptime = 18_000,
        Settled = true,
        Gate = new GateReport(
            "closed", false, 3308, 3306, Now.AddSeconds(-182), 182, 25, "closed: read-only", "waits", 3, null, 0.5, 1)
        {
            Why = "read_only is ON",
            WhatNow = "opens 3 good probes after read_only is OFF",
            ClosedLastHour = 1,
        },
        NodeState = new NodeReport("Synced", Now.AddHours(-5), 18_000),
        Verdict = null,
        Holds = [],
        Redirects =
        [
            new RedirectReport("ipv4", false, false, [], null),
            new RedirectReport("ipv6", false, false, [], null),
        ],
        Lease = new LeaseReport(5, false, null),
        Probe = new ProbeReport("/run/mysqld/mysqld.sock", 0.25, 900, 0, 0.1, 0.002, null, 0.1),
        Variables = new Dictionary<string, string>
        {
            ["wsrep_cluster_status"] = "Primary",
            ["wsrep_cluster_size"] = "3",
        },
        Disk = null,
        Journal = new JournalReport("/var/lib/galeragate/journal", 27, 27, null),
        Archive = new ArchiveReport("node/prod/n2", 27, 0, 0, null),
        Clients = new ConnectionsReport(9, null),
        Counters = new Counters { GateOpened = 2, GateClosed = 1 },
        Policy = new Dictionary<string, string>(),
        Recent = [],
    };
}
