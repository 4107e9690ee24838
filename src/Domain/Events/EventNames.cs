using System.Collections.Frozen;

namespace GaleraGate.Domain.Events;

/// <summary>The stored names of event types, from the table.</summary>
public static class EventNames
{
    private static readonly FrozenDictionary<string, Type> TypeOf =
        EventTable.Rows.ToFrozenDictionary(row => row.Name, row => row.Type);

    public static IEnumerable<string> All => TypeOf.Keys.Order(StringComparer.Ordinal);

    public static string OfType(Type type) => EventTable.Rows.Single(row => row.Type == type).Name;

    public static string Name(AuditEvent @event) =>
        @event is UnknownEvent unknown ? unknown.Type : EventTable.Of(@event).Name;

    /// <summary>The type with a stored name; null if this version does not know it.</summary>
    public static Type? Find(string name) => TypeOf.GetValueOrDefault(name);
}
