using System.Runtime.CompilerServices;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using static GaleraGate.Domain.Events.Outlook;

namespace GaleraGate.Domain.Tests.Events;

/// <summary>What operators see of each event, and which events a journal keeps because of it.</summary>
public sealed class EventTableTests
{
    private const string Rule = "-A X -j REDIRECT";

    private static readonly Dictionary<string, string> Settings = new() { ["rise"] = "3", ["fall"] = "4" };

    private static readonly RuleChange Change =
        new(Family.Ipv4, Rule, "iptables-restore", 4, TimeSpan.FromMilliseconds(8.25));

    /// <summary>Carried events that are not grouped by their type alone.</summary>
    private static readonly Dictionary<object, string> Groups = new()
    {
        [(typeof(ObservationChanged), true)] = "answer",
        [(typeof(ObservationChanged), false)] = "error",
        [(typeof(NodeStateChanged), true)] = "state of the provider",
        [(typeof(NodeStateChanged), false)] = "state of another kind",
        [Holds.Operator] = "HoldPlaced or HoldLifted of Operator",
        [Holds.File] = "HoldPlaced or HoldLifted of File",
    };

    private static readonly Row[] Listed =
    [
        // The daemon and its journal
        new(new DaemonStarted("1.0", Settings, Seconds(1.5)), "daemon", Neutral,
            "galeragate 1.0 started; opens after 1.5 s of fitness",
            Log: "Information 1000: …",
            Keeps: "drops each PolicyChanged, keeps the last DaemonStarted"),
        new(new DaemonStopped("SIGTERM", new GateState { Phase = GatePhase.Open }.Checkpoint), "daemon", Neutral,
            "stopped by SIGTERM, gate Open",
            Log: "Information 1000: …"),
        new(new PolicyChanged(Settings), "daemon", Neutral,
            "policy changed: rise = 3, fall = 4",
            Log: "Information 1000: …",
            Keeps: "keeps each PolicyChanged"),
        new(new LoopStalled(Seconds(2)), "daemon", Caution,
            "the daemon stalled for 2 s",
            Log: "Warning 1011: …; the probe that was under way is not counted"),
        new(new JournalRepaired("1.jsonl", 7, "aa"), "journal", Caution,
            "7 bytes of an event torn by a crash cut off 1.jsonl",
            Log: "Warning 4000: journal: …; new events follow the last whole one"),
        new(new AuditGap(3, 9, "the disk is full"), "journal", Caution,
            "#3 to #9 are lost: the disk is full",
            Log: "Critical 4004: journal: …; new events follow them"),
        new(new ArchiveRefused("#7 differs"), "archive", Caution,
            "nothing is shipped: #7 differs",
            Log: "Error 5000: …; the daemon checks again every minute"),

        // The node
        new(new ObservationChanged(Given.Node()), "probe", Neutral,
            "state 4 Synced, Primary, ready ON, read_only OFF, method rsync, size 3",
            Keeps: "keeps the last answer"),
        new(new ObservationChanged(new Observation()), "probe", Neutral,
            "state - , -, ready -, read_only -, method -, size -",
            Keeps: "keeps the last answer"),
        new(new ObservationChanged(Observation.Failed(ProbeError.Timeout)), "probe", Neutral,
            "timeout",
            Log: "Warning 2000: probe: …; the daemon keeps probing",
            Keeps: "keeps the last error"),
        new(new ObservationChanged(Observation.Failed(ProbeError.Refused, "no socket")), "probe", Neutral,
            "refused: no socket",
            Log: "Warning 2000: probe: …; the daemon keeps probing",
            Keeps: "keeps the last error"),
        new(new ObservationHeld(40, Given.Second(10)), "probe", Neutral,
            "the same 40 times more, until 2026-01-01T00:00:10.000000Z"),
        new(new NodeStateChanged(NodeState.Synced, NodeState.Donor, StepClass.Direct, "Synced>Donor"), "node", Neutral,
            "Synced -> Donor (direct)",
            Log: "Information 2001: node …",
            Keeps: "keeps the last state of the provider"),
        new(new NodeStateChanged(NodeState.Donor, NodeState.Synced, StepClass.Explained, "Donor>Joined>Synced"),
            "node", Neutral,
            "Donor -> Synced (explained: Donor>Joined>Synced)",
            Log: "Information 2001: node …",
            Keeps: "keeps the last state of the provider"),
        new(new NodeStateChanged(NodeState.Synced, NodeState.Unreachable, null, null), "node", Neutral,
            "Synced -> Unreachable",
            Log: "Information 2001: node …",
            Keeps: "keeps the last state of another kind"),
        new(new ServerRestarted(12), "node", Neutral,
            "the server restarted, up for 12 s",
            Log: "Information 2002: …"),
        new(new ServerRestarted(null), "node", Neutral,
            "the server restarted",
            Log: "Information 2002: …"),
        new(new ServerRestarted(900, ProviderOnly: true), "node", Neutral,
            "the wsrep provider restarted, the server did not",
            Log: "Information 2002: …"),
        new(new DiskProbed(null), "disk", Good,
            "the data disk takes writes in time",
            Log: "Information 2003: …",
            Keeps: "keeps the last DiskProbed"),
        new(new DiskProbed("no space left"), "disk", Bad,
            "the data disk: no space left",
            Log: "Error 2004: …; the gate closes, and opens when the disk takes writes again",
            Keeps: "keeps the last DiskProbed"),
        new(new VerdictChanged(new Verdict(Reasons.None, NodeState.Synced)), "node", Neutral,
            "fit: synced",
            Log: "Information 1010: node …",
            Keeps: "keeps the last VerdictChanged"),
        new(new VerdictChanged(new Verdict(Reasons.Held | Reasons.ReadOnly, NodeState.Synced)), "node", Caution,
            "unfit: held, read-only",
            Log: "Information 1010: node …",
            Keeps: "keeps the last VerdictChanged"),

        // The gate
        new(new GateOpening(3, Seconds(0.5)), "gate", Neutral,
            "opens after 3 fit observations in a row and 0.5 s",
            Keeps: "keeps the last GateOpening"),
        new(new GateOpened("synced"), "gate", Good,
            "open: synced",
            Log: "Information 1001: gate …",
            Keeps: "keeps the last GateOpened"),
        new(new GateAdopted(7), "gate", Good,
            "open: took over the redirect of #7",
            Log: "Information 1001: gate …",
            Keeps: "keeps the last GateAdopted"),
        new(new GateClosing("timeout", 2, Seconds(1)), "gate", Caution,
            "closing: timeout; closes after 2 in a row and 1s",
            Log: "Information 1002: gate …",
            Keeps: "keeps the last GateClosing"),
        new(new GateClosed("read-only", false, Seconds(1), 1.255), "gate", Bad,
            "closed: read-only; opens after 1 s of fitness (penalty 1.26)",
            Log: "Warning 1001: gate …; clients are refused until then",
            Keeps: "keeps the last GateClosed"),
        new(new GateClosed("held", true, Seconds(0.5), 0), "gate", Bad,
            "closed: held; opens after 0.5 s of fitness (penalty 0)",
            Log: "Information 1001: gate …",
            Keeps: "keeps the last GateClosed"),
        new(new GateStayedOpen(), "gate", Good,
            "stays open: fit again before it closed",
            Log: "Information 1001: gate …",
            Keeps: "keeps the last GateStayedOpen"),
        new(new GateStayedClosed("read-only"), "gate", Caution,
            "stays closed: read-only",
            Keeps: "keeps the last GateStayedClosed"),
        new(new HoldPlaced(Holds.Operator, "alice", "upgrade"), "gate", Caution,
            "held by alice: upgrade",
            Log: "Information 1003: gate …",
            Keeps: "keeps the last HoldPlaced or HoldLifted of Operator"),
        new(new HoldLifted(Holds.File, "file"), "gate", Neutral,
            "released by file",
            Log: "Information 1003: gate …",
            Keeps: "keeps the last HoldPlaced or HoldLifted of File"),

        // The rules and the clients
        new(new RedirectAdded(Change), "redirect", Good,
            $"ipv4: {Rule} (8.3 ms)",
            Log: "Information 3000: redirect added, …",
            Keeps: $"keeps each RedirectAdded Ipv4 {Rule}, drops each RedirectChangeFailed Ipv4"),
        new(new RedirectRemoved(Change), "redirect", Bad,
            $"ipv4: {Rule} (8.3 ms)",
            Log: "Information 3001: redirect removed, …",
            Keeps: $"drops the last RedirectAdded Ipv4 {Rule}, drops each RedirectChangeFailed Ipv4"),
        new(new RuleAdded(Change), "redirect", Neutral,
            $"ipv4: {Rule} (8.3 ms)",
            Keeps: "drops each RedirectChangeFailed Ipv4"),
        new(new RuleRemoved(Change), "redirect", Neutral,
            $"ipv4: {Rule} (8.3 ms)",
            Keeps: "drops each RedirectChangeFailed Ipv4"),
        new(new RedirectChangeFailed(Change, "the lock is held"), "redirect", Bad,
            "ipv4: iptables-restore: exit 4: the lock is held",
            Log: "Error 3002: …; it is tried again every second",
            Keeps: "keeps the last RedirectChangeFailed Ipv4"),
        new(new DriftFound(Family.Ipv6, Rule, IsThere: true), "drift", Caution,
            $"ipv6: is there and was not made here: {Rule}",
            Log: "Warning 3003: drift, …; it is repaired at once",
            Keeps: $"keeps each RedirectAdded Ipv6 {Rule}"),
        new(new DriftFound(Family.Ipv6, Rule, IsThere: false), "drift", Caution,
            $"ipv6: is gone and was not removed here: {Rule}",
            Log: "Warning 3003: drift, …; it is repaired at once",
            Keeps: $"drops the last RedirectAdded Ipv6 {Rule}"),
        new(new DriftFound(Family.Inet, "-N X", IsThere: false, IsRedirect: false), "drift", Caution,
            "inet: is gone and was not removed here: -N X",
            Log: "Warning 3003: drift, …; it is repaired at once"),
        new(new DriftMended(Family.Ipv4, 2, TimeSpan.FromMilliseconds(8)), "drift", Good,
            "ipv4: repaired, 2 rules (8 ms)",
            Log: "Information 3015: drift, …"),
        new(new DriftMended(Family.Ipv4, 0, TimeSpan.FromMilliseconds(8)), "drift", Good,
            "ipv4: repaired: the rules were in another order (8 ms)",
            Log: "Information 3015: drift, …"),
        new(new ConnectionsReset(7, 1), "clients", Caution,
            "1 connection made through the gate was reset",
            Log: "Information 3016: …",
            Keeps: "keeps the last ConnectionsReset"),
        new(new ConnectionsReset(7, 12, "no conntrack"), "clients", Caution,
            "12 connections made through the gate were reset, not all: no conntrack",
            Log: "Information 3016: …",
            Keeps: "keeps the last ConnectionsReset"),
        new(new LeaseArmed(7, Seconds(5)), "lease", Neutral,
            "lease of 5s runs for #7",
            Keeps: "keeps the last LeaseArmed"),
        new(new LeaseLapsed(Seconds(6)), "lease", Bad,
            "the lease lapsed: the daemon did not refresh it for 6 s, clients were refused meanwhile",
            Log: "Warning 3004: …; it opens again when the node has shown itself fit",
            Keeps: "keeps the last LeaseLapsed"),
        new(new LeaseLapsed(null, Given.Second(1)), "lease", Bad,
            "the lease lapsed before this daemon started: clients were refused meanwhile, and the old redirect is not "
            + "adopted",
            Log: "Warning 3004: …; it opens again when the node has shown itself fit",
            Keeps: "keeps the last LeaseLapsed"),
        new(new LeaseFailed("no permission"), "lease", Bad,
            "the lease: no permission",
            Log: "Error 3005: …; it is tried again every second",
            Keeps: "keeps the last LeaseFailed"),

        // Notes, and what a newer version wrote
        new(new Annotated(7, "alice", "the switch was down"), "note", Neutral,
            "about #7, by alice: the switch was down"),
        new(new UnknownEvent("GateTeleported", """{"to":"mars"}"""), "", Neutral,
            """written by a newer version: {"to":"mars"}"""),
    ];

    public static TheoryData<Row> Rows() => [.. Listed];

    [Theory]
    [MemberData(nameof(Rows))]
    public void An_event_is_shown_logged_and_carried_as_listed(Row row)
    {
        var (table, happened) = (EventTable.Of(row.Event), row.Event);
        var log = table.LogOf(happened) is { } line ? $"{line.Severity} {line.Id}: {line.Before}…{line.After}" : null;
        var keeps = table.CarriedBy(happened).ToList() is { Count: > 0 } steps ? KeepsOf(steps) : null;

        Assert.Equal(
            row, new Row(happened, table.Subject, table.OutlookOf(happened), table.WordsOf(happened), log, keeps));
    }

    [Fact]
    public void Each_type_of_event_is_listed_here()
    {
        var types = typeof(AuditEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(AuditEvent)));

        Assert.Equal(
            types.Select(type => type.Name).Order(),
            Listed.Select(row => row.Event.GetType().Name).Distinct().Order());
    }

    [Fact]
    public void Only_these_are_shorter_in_a_line_of_several_events() => Assert.Equal(
        [
            "closed: read-only",
            "closed: held",
            "added, ipv4 (8.3 ms)",
            "removed, ipv4 (8.3 ms)",
        ],
        Listed
            .Select(row => (row.Words, Brief: EventTable.Of(row.Event).BriefOf(row.Event)))
            .Where(both => both.Words != both.Brief)
            .Select(both => both.Brief));

    [Fact]
    public void Names_are_listed_in_order_and_lead_to_their_types_and_back()
    {
        Assert.Equal(EventTable.Rows.Select(row => row.Name).Order(StringComparer.Ordinal), EventNames.All);
        Assert.All(
            EventTable.Rows,
            row => Assert.Equal((row.Name, row.Type), (EventNames.OfType(row.Type), EventNames.Find(row.Name))));
    }

    [Fact]
    public void An_event_of_a_newer_version_has_its_stored_name_and_its_type_has_none()
    {
        Assert.Equal("GateTeleported", EventNames.Name(new UnknownEvent("GateTeleported", "{}")));
        Assert.Null(EventNames.Find("GateTeleported"));
        Assert.Throws<InvalidOperationException>(() => EventNames.OfType(typeof(UnknownEvent)));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>Dropping all and adding this one keeps the last.</summary>
    private static string KeepsOf(List<Keep> steps)
    {
        var words = new List<string>();
        for (var at = 0; at < steps.Count; at++)
        {
            var (step, key) = steps[at];
            if (step == KeepStep.DropAll && steps.Skip(at + 1).FirstOrDefault() == Keep.Add(key))
            {
                at++;
                words.Add($"keeps the last {NameOf(key)}");
                continue;
            }

            words.Add(step switch
            {
                KeepStep.Add => $"keeps each {NameOf(key)}",
                KeepStep.DropLast => $"drops the last {NameOf(key)}",
                KeepStep.DropAll => $"drops each {NameOf(key)}",
            });
        }

        return string.Join(", ", words);
    }

    private static string NameOf(object key) => key switch
    {
        _ when Groups.TryGetValue(key, out var group) => group,
        Type type => type.Name,
        ITuple parts => string.Join(' ', Enumerable.Range(0, parts.Length).Select(at => NameOf(parts[at]!))),
        _ => $"{key}",
    };

    /// <summary>
    /// An event with its subject, what it means for clients, and its text. Log is the daemon's line about it, with … in
    /// place of the text; null if it logs none. Keeps is what becomes of the carried events; null if nothing does.
    /// </summary>
    public sealed record Row(
        AuditEvent Event, string Subject, Outlook Outlook, string Words, string? Log = null, string? Keeps = null);
}
