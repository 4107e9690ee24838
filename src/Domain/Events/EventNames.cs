using System.Collections.Frozen;

namespace GaleraGate.Domain.Events;

/// <summary>The stored name of each event type: the only place where one is written.</summary>
public static class EventNames
{
    private static readonly FrozenDictionary<Type, string> NameOf = new Dictionary<Type, string>
    {
        [typeof(DaemonStarted)] = "DaemonStarted",
        [typeof(DaemonStopped)] = "DaemonStopped",
        [typeof(PolicyChanged)] = "PolicyChanged",
        [typeof(JournalRepaired)] = "JournalRepaired",
        [typeof(AuditGap)] = "AuditGap",
        [typeof(ArchiveRefused)] = "ArchiveRefused",
        [typeof(ObservationChanged)] = "ObservationChanged",
        [typeof(ObservationHeld)] = "ObservationHeld",
        [typeof(NodeStateChanged)] = "NodeStateChanged",
        [typeof(ServerRestarted)] = "ServerRestarted",
        [typeof(DiskProbed)] = "DiskProbed",
        [typeof(VerdictChanged)] = "VerdictChanged",
        [typeof(GateOpening)] = "GateOpening",
        [typeof(GateOpened)] = "GateOpened",
        [typeof(GateAdopted)] = "GateAdopted",
        [typeof(GateClosing)] = "GateClosing",
        [typeof(GateClosed)] = "GateClosed",
        [typeof(GateStayedOpen)] = "GateStayedOpen",
        [typeof(GateStayedClosed)] = "GateStayedClosed",
        [typeof(RedirectAdded)] = "RedirectAdded",
        [typeof(RedirectRemoved)] = "RedirectRemoved",
        [typeof(RuleAdded)] = "RuleAdded",
        [typeof(RuleRemoved)] = "RuleRemoved",
        [typeof(RedirectChangeFailed)] = "RedirectChangeFailed",
        [typeof(DriftFound)] = "DriftFound",
        [typeof(DriftMended)] = "DriftMended",
        [typeof(ConnectionsReset)] = "ConnectionsReset",
        [typeof(LeaseArmed)] = "LeaseArmed",
        [typeof(LeaseLapsed)] = "LeaseLapsed",
        [typeof(LeaseFailed)] = "LeaseFailed",
        [typeof(LoopStalled)] = "LoopStalled",
        [typeof(HoldPlaced)] = "HoldPlaced",
        [typeof(HoldLifted)] = "HoldLifted",
        [typeof(Annotated)] = "Annotated",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, Type> TypeOf =
        NameOf.ToFrozenDictionary(row => row.Value, row => row.Key);

    public static IEnumerable<Type> Types => NameOf.Keys;

    public static IEnumerable<string> All => TypeOf.Keys.Order(StringComparer.Ordinal);

    public static string OfType(Type type) => NameOf[type];

    public static string Name(AuditEvent @event) => @event is UnknownEvent unknown ? unknown.Type : NameOf[@event.GetType()];

    /// <summary>The type of a stored name; null where this version does not know it.</summary>
    public static Type? Find(string name) => TypeOf.GetValueOrDefault(name);
}
