using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Json;

/// <summary>
/// Rejects an event without a member that every event of its type has. The serializer leaves such a member null, or a
/// time without a boot, and a damaged byte in its name is enough for that.
/// </summary>
internal static class WholeEvent
{
    private static readonly FrozenDictionary<Type, JsonPropertyInfo[]> Required = EventTable.Rows.ToFrozenDictionary(
        row => row.Type,
        row => EventJson.Default.GetTypeInfo(row.Type)!.Properties
            .Where(member => member is { IsGetNullable: false, Get: not null })
            .Where(member => !member.PropertyType.IsValueType || member.PropertyType == typeof(Instant))
            .ToArray());

    /// <exception cref="JsonException">A member is missing.</exception>
    public static AuditEvent Of(AuditEvent read)
    {
        foreach (var member in Required.TryGetValue(read.GetType(), out var members) ? members : [])
        {
            if (member.Get!(read) is null or Instant { Boot: null })
            {
                throw new JsonException($"{member.Name} is missing");
            }
        }

        return read;
    }
}
