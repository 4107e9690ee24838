using System.Globalization;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Text;

/// <summary>Each event in words, the same in the log and in the audit.</summary>
internal static class EventText
{
    /// <summary>What an event says, fit for a terminal: values of a server may hold anything, its control characters are shown as dots.</summary>
    public static string Of(AuditEvent @event) => Terminal.Plain(Words(@event));

    /// <summary>What an event says, in a line among others: rules without their text.</summary>
    public static string Brief(AuditEvent @event) => @event switch
    {
        RedirectAdded e => Brief("added", e.Change),
        RedirectRemoved e => Brief("removed", e.Change),
        GateClosed e => $"closed: {e.Reason}",
        _ => Of(@event),
    };

    /// <summary>What stands beside an event whose line is not as it was written; nothing beside others.</summary>
    public static string Doubt(Envelope envelope) => envelope.Doubt is { } doubt ? $"  DAMAGED OR EDITED: {doubt}" : "";

    /// <summary>What an event is about.</summary>
    public static string SubjectOf(AuditEvent @event) => @event switch
    {
        DaemonStarted or DaemonStopped or LoopStalled or PolicyChanged => "daemon",
        GateOpening or GateOpened or GateAdopted or GateClosing or GateClosed or GateStayedOpen or GateStayedClosed or HoldPlaced or HoldLifted => "gate",
        LeaseArmed or LeaseLapsed or LeaseFailed => "lease",
        Annotated => "note",
        ObservationChanged or ObservationHeld => "probe",
        NodeStateChanged or VerdictChanged or ServerRestarted => "node",
        RedirectAdded or RedirectRemoved or RuleAdded or RuleRemoved or RedirectChangeFailed => "redirect",
        DriftFound or DriftMended => "drift",
        ConnectionsReset => "clients",
        DiskProbed => "disk",
        JournalRepaired or AuditGap => "journal",
        ArchiveRefused => "archive",
        _ => EventNames.Name(@event),
    };

    /// <summary>What it means for those who wait at the gate.</summary>
    public static Tone ToneOf(AuditEvent @event) => @event switch
    {
        GateOpened or GateAdopted or GateStayedOpen or RedirectAdded or DriftMended or DiskProbed { Trouble: null } => Tone.Good,
        GateClosed or RedirectRemoved or RedirectChangeFailed or LeaseLapsed or LeaseFailed or DiskProbed => Tone.Bad,
        GateClosing or GateStayedClosed or HoldPlaced or DriftFound or LoopStalled or AuditGap or ArchiveRefused or JournalRepaired or ConnectionsReset or VerdictChanged { Verdict.IsFit: false } => Tone.Caution,
        _ => Tone.Plain,
    };

    private static string Words(AuditEvent @event) => @event switch
    {
        DaemonStarted e => $"galeragate {e.Version} started; opens after {Seconds(e.OpenAfter)} of fitness",
        DaemonStopped e => $"stopped by {e.Why}, gate {e.Checkpoint.Phase}",
        PolicyChanged e => $"policy changed: {string.Join(", ", e.Changes.Select(change => $"{change.Key} = {change.Value}"))}",
        JournalRepaired e => $"{e.BytesCut} bytes of an event torn by a crash cut off {e.Segment}",
        AuditGap e => $"#{e.First} to #{e.Last} are lost: {e.Why}",
        ArchiveRefused e => $"nothing is shipped: {e.Why}",
        ObservationChanged e => Observation(e.Observation),
        ObservationHeld e => string.Create(CultureInfo.InvariantCulture, $"the same {e.Count} times more, until {e.Until}"),
        NodeStateChanged e => $"{e.From} -> {e.To}{(e.Class is { } step ? $" ({step.ToString().ToLowerInvariant()}{(e.Class == StepClass.Explained ? $": {e.Path}" : "")})" : "")}",
        ServerRestarted e => $"the server started anew{(e.UptimeSeconds is { } up ? $", up for {up} s" : "")}",
        VerdictChanged e => Verdict(e.Verdict),
        GateOpening e => $"opens after {e.Rise} fit observations in a row and {Seconds(e.OpenAfter)}",
        GateOpened e => $"open: {e.Reason}",
        GateAdopted e => $"open: took over the redirect of #{e.Opened}",
        GateClosing e => $"closing: {e.Reason}; closes after {e.Fall} in a row and {Duration.Format(e.CloseAfter)}",
        GateClosed e => string.Create(
            CultureInfo.InvariantCulture,
            $"closed: {e.Reason}; opens after {Seconds(e.OpenAfter)} of fitness (penalty {e.Penalty:0.##})"),
        GateStayedOpen => "stays open: fit again before it closed",
        GateStayedClosed e => $"stays closed: {e.Reason}",
        RedirectAdded e => Change(e.Change),
        RedirectRemoved e => Change(e.Change),
        RuleAdded e => Change(e.Change),
        RuleRemoved e => Change(e.Change),
        RedirectChangeFailed e => $"{e.Change.Family.ToString().ToLowerInvariant()}: {e.Change.Argv}: exit {e.Change.ExitCode}: {e.StandardError}",
        LeaseArmed e => $"lease of {Duration.Format(e.Length)} runs for #{e.Opened}",
        LeaseLapsed { Unrefreshed: { } time } => $"the lease lapsed: the daemon did not refresh it for {Seconds(time)}, clients were refused meanwhile",
        LeaseLapsed => "the lease lapsed before this daemon started: clients were refused meanwhile, and what was open is not taken over",
        LeaseFailed e => $"the lease: {e.Why}",
        LoopStalled e => $"the daemon itself stood still for {Seconds(e.Lasted)}",
        DriftFound e => $"{e.Family.ToString().ToLowerInvariant()}: {(e.IsThere ? "is there and was not made here" : "is gone and was not removed here")}: {e.Rule}",
        DriftMended { Rules: 0 } e => $"{e.Family.ToString().ToLowerInvariant()}: mended: the rules had another order ({e.Elapsed.TotalMilliseconds:0.#} ms)",
        DriftMended e => string.Create(CultureInfo.InvariantCulture, $"{e.Family.ToString().ToLowerInvariant()}: mended, {e.Rules} rules ({e.Elapsed.TotalMilliseconds:0.#} ms)"),
        ConnectionsReset e => $"{e.Count} connections made through the gate were reset{(e.Failure is { } why ? $", not all: {why}" : "")}",
        DiskProbed { Trouble: null } => "the data disk takes writes in time",
        DiskProbed e => $"the data disk: {e.Trouble}",
        HoldPlaced e => $"held by {e.By}: {e.Why}",
        HoldLifted e => $"released by {e.By}",
        Annotated e => $"about #{e.About}, by {e.By}: {e.Text}",
        UnknownEvent e => $"written by a newer version: {e.Data}",
        _ => throw new System.Diagnostics.UnreachableException($"no words for {@event.GetType().Name}"),
    };

    public static string Verdict(Verdict verdict) => verdict.IsFit
        ? $"fit: {verdict.Headline}"
        : $"unfit: {string.Join(", ", Reason.Of(verdict.Reasons).Select(reason => reason.Name))}";

    private static string Observation(Observation o) => o.Error != ProbeError.None
        ? $"{o.Error.Name()}{(o.ErrorDetail is { } detail ? $": {detail}" : "")}"
        : $"state {o.LocalState.Text ?? "-"} {o.LocalStateComment}, {o.ClusterStatus ?? "-"}, ready {o.Ready.Text ?? "-"}, "
            + $"read_only {o.ReadOnly.Text ?? "-"}, method {o.SstMethod ?? "-"}, size {o.ClusterSize.Text ?? "-"}";

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s");

    private static string Brief(string what, RuleChange change) => string.Create(
        CultureInfo.InvariantCulture, $"{what}, {change.Family.ToString().ToLowerInvariant()} ({change.Elapsed.TotalMilliseconds:0.#} ms)");

    private static string Change(RuleChange change) => string.Create(
        CultureInfo.InvariantCulture,
        $"{change.Family.ToString().ToLowerInvariant()}: {change.Rule} ({change.Elapsed.TotalMilliseconds:0.#} ms)");
}
