using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Json;

/// <summary>
/// The last few events of each type that this thread parsed. A node records the same things again and again, and data
/// with the same bytes are the same event, so they need not be parsed again.
/// </summary>
internal static class ParsedEvents
{
    private const int KeptOfType = 4;

    /// <summary>Longer data hardly ever repeat.</summary>
    private const int LongestKept = 256;

    [ThreadStatic]
    private static Dictionary<JsonTypeInfo, Queue<(byte[] Data, AuditEvent Event)>>? _kept;

    /// <summary>The event of these data; null if they are null.</summary>
    /// <exception cref="JsonException">They do not match the type.</exception>
    public static AuditEvent? Of(JsonTypeInfo type, ReadOnlySpan<byte> data)
    {
        if (data.Length > LongestKept)
        {
            return Parsed(type, data);
        }

        _kept ??= [];
        if (!_kept.TryGetValue(type, out var kept))
        {
            _kept[type] = kept = new(KeptOfType);
        }

        foreach (var one in kept)
        {
            if (data.SequenceEqual(one.Data))
            {
                return one.Event;
            }
        }

        var parsed = Parsed(type, data);
        if (parsed is not null)
        {
            _ = kept.Count == KeptOfType && kept.TryDequeue(out _);
            kept.Enqueue((data.ToArray(), parsed));
        }

        return parsed;
    }

    private static AuditEvent? Parsed(JsonTypeInfo type, ReadOnlySpan<byte> data) =>
        JsonSerializer.Deserialize(data, type) is AuditEvent @event ? WholeEvent.Of(@event) : null;
}
