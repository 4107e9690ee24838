using System.Collections.Frozen;
using GaleraGate.Domain.Galera;
using static GaleraGate.Domain.Events.EventWords;
using static GaleraGate.Domain.Events.LogLine;
using static GaleraGate.Domain.Events.Outlook;

namespace GaleraGate.Domain.Events;

/// <summary>
/// One row for each event type: its stored name, subject, text, severity, log line and whether it is carried. Codec,
/// log, audit, archive and docs/events.md are built from this table.
/// </summary>
public static class EventTable
{
    public static IReadOnlyList<EventRow> Rows { get; } =
    [
        new EventRow<DaemonStarted>("DaemonStarted", "daemon",
            e => $"galeragate {e.Version} started; opens after {Seconds(e.OpenAfter)} of fitness")
        {
            Log = _ => Information(1000),
            Carried = _ => [Keep.DropAll(typeof(PolicyChanged)), .. Keep.Only(typeof(DaemonStarted))],
        },
        new EventRow<DaemonStopped>("DaemonStopped", "daemon", e => $"stopped by {e.Why}, gate {e.Checkpoint.Phase}")
        {
            Log = _ => Information(1000),
        },
        new EventRow<PolicyChanged>("PolicyChanged", "daemon", e => $"policy changed: {Changes(e.Changes)}")
        {
            Log = _ => Information(1000),
            Carried = _ => [Keep.Add(typeof(PolicyChanged))],
        },
        new EventRow<LoopStalled>("LoopStalled", "daemon",
            e => $"the daemon stalled for {Seconds(e.Lasted)}")
        {
            Outlook = _ => Caution,
            Log = _ => Warning(1011, "", "; the probe that was under way is not counted"),
        },
        new EventRow<JournalRepaired>("JournalRepaired", "journal",
            e => $"{e.BytesCut} bytes of an event torn by a crash cut off {e.Segment}")
        {
            Outlook = _ => Caution,
            Log = _ => Warning(4000, "journal: ", "; new events follow the last whole one"),
        },
        new EventRow<AuditGap>("AuditGap", "journal", e => $"#{e.First} to #{e.Last} are lost: {e.Why}")
        {
            Outlook = _ => Caution,
            Log = _ => Critical(4004, "journal: ", "; new events follow them"),
        },
        new EventRow<ArchiveRefused>("ArchiveRefused", "archive", e => $"nothing is shipped: {e.Why}")
        {
            Outlook = _ => Caution,
            Log = _ => Error(5000, "", "; the daemon checks again every minute"),
        },
        new EventRow<ObservationChanged>("ObservationChanged", "probe", e => Observation(e.Observation))
        {
            Log = e => e.Observation.HasAnswer ? null : Warning(2000, "probe: ", "; the daemon keeps probing"),
            // Keep the last answer even after the errors that follow it.
            Carried = e => Keep.Only((typeof(ObservationChanged), e.Observation.HasAnswer)),
        },
        new EventRow<ObservationHeld>("ObservationHeld", "probe",
            e => $"the same {e.Count} times more, until {e.Until}"),
        new EventRow<NodeStateChanged>("NodeStateChanged", "node", Step)
        {
            Log = _ => Information(2001, "node "),
            Carried = e => Keep.Only((typeof(NodeStateChanged), e.To.IsProviders())),
        },
        new EventRow<ServerRestarted>("ServerRestarted", "node",
            e => e.ProviderOnly is true
                ? "the wsrep provider restarted, the server did not"
                : $"the server restarted{(e.UptimeSeconds is { } up ? $", up for {up} s" : "")}")
        {
            Log = _ => Information(2002),
        },
        new EventRow<DiskProbed>("DiskProbed", "disk",
            e => e.Trouble is null ? "the data disk takes writes in time" : $"the data disk: {e.Trouble}")
        {
            Outlook = e => e.Trouble is null ? Good : Bad,
            Log = e => e.Trouble is null
                ? Information(2003)
                : Error(2004, "", "; the gate closes, and opens when the disk takes writes again"),
            Carried = Keep.Last,
        },
        new EventRow<VerdictChanged>("VerdictChanged", "node", e => Verdict(e.Verdict))
        {
            Outlook = e => e.Verdict.IsFit ? Neutral : Caution,
            Log = _ => Information(1010, "node "),
            Carried = Keep.Last,
        },
        new EventRow<GateOpening>("GateOpening", "gate",
            e => $"opens after {e.Rise} fit observations in a row and {Seconds(e.OpenAfter)}")
        {
            Carried = Keep.Last,
        },
        new EventRow<GateOpened>("GateOpened", "gate", e => $"open: {e.Reason}")
        {
            Outlook = _ => Good,
            Log = _ => Information(1001, "gate "),
            Carried = Keep.Last,
        },
        new EventRow<GateAdopted>("GateAdopted", "gate", e => $"open: took over the redirect of #{e.Opened}")
        {
            Outlook = _ => Good,
            Log = _ => Information(1001, "gate "),
            Carried = Keep.Last,
        },
        new EventRow<GateClosing>("GateClosing", "gate", e =>
                $"closing: {e.Reason}; closes after {e.Fall} in a row and {Duration.Format(e.CloseAfter)}")
        {
            Outlook = _ => Caution,
            Log = _ => Information(1002, "gate "),
            Carried = Keep.Last,
        },
        new EventRow<GateClosed>("GateClosed", "gate", Closed)
        {
            Brief = e => $"closed: {e.Reason}",
            Outlook = _ => Bad,
            Log = e => e.Planned
                ? Information(1001, "gate ")
                : Warning(1001, "gate ", "; clients are refused until then"),
            Carried = Keep.Last,
        },
        new EventRow<GateStayedOpen>("GateStayedOpen", "gate", _ => "stays open: fit again before it closed")
        {
            Outlook = _ => Good,
            Log = _ => Information(1001, "gate "),
            Carried = Keep.Last,
        },
        new EventRow<GateStayedClosed>("GateStayedClosed", "gate", e => $"stays closed: {e.Reason}")
        {
            Outlook = _ => Caution,
            Carried = Keep.Last,
        },
        new EventRow<HoldPlaced>("HoldPlaced", "gate", e => $"held by {e.By}: {e.Why}")
        {
            Outlook = _ => Caution,
            Log = _ => Information(1003, "gate "),
            Carried = e => Keep.Only(e.Hold),
        },
        new EventRow<HoldLifted>("HoldLifted", "gate", e => $"released by {e.By}")
        {
            Log = _ => Information(1003, "gate "),
            Carried = e => Keep.Only(e.Hold),
        },
        new EventRow<RedirectAdded>("RedirectAdded", "redirect", e => Change(e.Change))
        {
            Brief = e => Brief("added", e.Change),
            Outlook = _ => Good,
            Log = _ => Information(3000, "redirect added, "),
            Carried = e => [Keep.Rule(e.Change.Family, e.Change.Rule, isThere: true), Keep.Working(e.Change)],
        },
        new EventRow<RedirectRemoved>("RedirectRemoved", "redirect", e => Change(e.Change))
        {
            Brief = e => Brief("removed", e.Change),
            Outlook = _ => Bad,
            Log = _ => Information(3001, "redirect removed, "),
            Carried = e => [Keep.Rule(e.Change.Family, e.Change.Rule, isThere: false), Keep.Working(e.Change)],
        },
        new EventRow<RuleAdded>("RuleAdded", "redirect", e => Change(e.Change))
        {
            Carried = e => [Keep.Working(e.Change)],
        },
        new EventRow<RuleRemoved>("RuleRemoved", "redirect", e => Change(e.Change))
        {
            Carried = e => [Keep.Working(e.Change)],
        },
        new EventRow<RedirectChangeFailed>("RedirectChangeFailed", "redirect", Failed)
        {
            Outlook = _ => Bad,
            Log = _ => Error(3002, "", "; it is tried again every second"),
            Carried = e => Keep.Failure(e.Change),
        },
        new EventRow<DriftFound>("DriftFound", "drift", Drift)
        {
            Outlook = _ => Caution,
            Log = _ => Warning(3003, "drift, ", "; it is repaired at once"),
            Carried = e => e.IsRedirect ? [Keep.Rule(e.Family, e.Rule, e.IsThere)] : [],
        },
        new EventRow<DriftMended>("DriftMended", "drift", Mended)
        {
            Outlook = _ => Good,
            Log = _ => Information(3015, "drift, "),
        },
        new EventRow<ConnectionsReset>("ConnectionsReset", "clients",
            e => (e.Count == 1
                    ? "1 connection made through the gate was reset"
                    : $"{e.Count} connections made through the gate were reset")
                + After(", not all: ", e.Failure))
        {
            Outlook = _ => Caution,
            Log = _ => Information(3016),
            Carried = Keep.Last,
        },
        new EventRow<LeaseArmed>("LeaseArmed", "lease",
            e => $"lease of {Duration.Format(e.Length)} runs for #{e.Opened}")
        {
            Carried = Keep.Last,
        },
        new EventRow<LeaseLapsed>("LeaseLapsed", "lease", Lapse)
        {
            Outlook = _ => Bad,
            Log = _ => Warning(3004, "", "; it opens again when the node has shown itself fit"),
            Carried = Keep.Last,
        },
        new EventRow<LeaseFailed>("LeaseFailed", "lease", e => $"the lease: {e.Why}")
        {
            Outlook = _ => Bad,
            Log = _ => Error(3005, "", "; it is tried again every second"),
            Carried = Keep.Last,
        },
        new EventRow<Annotated>("Annotated", "note", e => $"about #{e.About}, by {e.By}: {e.Text}"),
    ];

    private static readonly FrozenDictionary<Type, EventRow> ByType = Rows.ToFrozenDictionary(row => row.Type);

    private static readonly EventRow Unknown =
        new EventRow<UnknownEvent>("", "", e => $"written by a newer version: {e.Data}");

    /// <summary>The row of an event.</summary>
    public static EventRow Of(AuditEvent @event) => @event is UnknownEvent ? Unknown : ByType[@event.GetType()];
}
