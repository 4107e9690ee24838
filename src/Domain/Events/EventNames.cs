using System.Collections.Frozen;

namespace GaleraGate.Domain.Events;

/// <summary>The stored name of each event type: the only place where one is written.</summary>
public static class EventNames
{
    private static readonly IReadOnlyList<Row> Rows =
    [
        new Row<DaemonStarted>("DaemonStarted"),
        new Row<DaemonStopped>("DaemonStopped"),
        new Row<PolicyChanged>("PolicyChanged"),
        new Row<JournalRepaired>("JournalRepaired"),
        new Row<AuditGap>("AuditGap"),
        new Row<ArchiveRefused>("ArchiveRefused"),
        new Row<ObservationChanged>("ObservationChanged"),
        new Row<ObservationHeld>("ObservationHeld"),
        new Row<NodeStateChanged>("NodeStateChanged"),
        new Row<ServerRestarted>("ServerRestarted"),
        new Row<DiskProbed>("DiskProbed"),
        new Row<VerdictChanged>("VerdictChanged"),
        new Row<GateOpening>("GateOpening"),
        new Row<GateOpened>("GateOpened"),
        new Row<GateAdopted>("GateAdopted"),
        new Row<GateClosing>("GateClosing"),
        new Row<GateClosed>("GateClosed"),
        new Row<GateStayedOpen>("GateStayedOpen"),
        new Row<GateStayedClosed>("GateStayedClosed"),
        new Row<RedirectAdded>("RedirectAdded"),
        new Row<RedirectRemoved>("RedirectRemoved"),
        new Row<RuleAdded>("RuleAdded"),
        new Row<RuleRemoved>("RuleRemoved"),
        new Row<RedirectChangeFailed>("RedirectChangeFailed"),
        new Row<DriftFound>("DriftFound"),
        new Row<DriftMended>("DriftMended"),
        new Row<ConnectionsReset>("ConnectionsReset"),
        new Row<LeaseArmed>("LeaseArmed"),
        new Row<LeaseLapsed>("LeaseLapsed"),
        new Row<LeaseFailed>("LeaseFailed"),
        new Row<LoopStalled>("LoopStalled"),
        new Row<HoldPlaced>("HoldPlaced"),
        new Row<HoldLifted>("HoldLifted"),
        new Row<Annotated>("Annotated"),
    ];

    private static readonly FrozenDictionary<Type, string> NameOf = Rows.ToFrozenDictionary(row => row.Type, row => row.Name);

    private static readonly FrozenDictionary<string, Type> TypeOf = Rows.ToFrozenDictionary(row => row.Name, row => row.Type);

    /// <summary>Wants each event type as a type argument, which a program compiled ahead of time cannot make of a Type.</summary>
    public interface IVisitor
    {
        void Visit<T>(string name)
            where T : AuditEvent;
    }

    public static IEnumerable<Type> Types => NameOf.Keys;

    public static IEnumerable<string> All => TypeOf.Keys.Order(StringComparer.Ordinal);

    public static string OfType(Type type) => NameOf[type];

    public static string Name(AuditEvent @event) => @event is UnknownEvent unknown ? unknown.Type : NameOf[@event.GetType()];

    /// <summary>The type of a stored name; null where this version does not know it.</summary>
    public static Type? Find(string name) => TypeOf.GetValueOrDefault(name);

    public static void VisitAll(IVisitor visitor)
    {
        foreach (var row in Rows)
        {
            row.Accept(visitor);
        }
    }

    private abstract record Row(Type Type, string Name)
    {
        public abstract void Accept(IVisitor visitor);
    }

    private sealed record Row<T>(string Name) : Row(typeof(T), Name)
        where T : AuditEvent
    {
        public override void Accept(IVisitor visitor) => visitor.Visit<T>(Name);
    }
}
