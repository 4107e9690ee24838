using System.Globalization;
using System.Text.Json;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>What stands around an event's data, as the archive's headers hold it: written and read here alone.</summary>
internal static class ArchiveHeaders
{
    private const string At = "at";
    private const string Mono = "mono";
    private const string Boot = "boot";
    private const string Node = "node";
    private const string Cause = "cause";
    private const string View = "view";
    private const string Committed = "committed";
    private const string Prev = "prev";

    /// <summary>The journal's hash of the event, for queries too.</summary>
    public const string Hash = "hash";

    public static IEnumerable<(string Name, object Value)> Of(ChainedEvent recorded)
    {
        var envelope = recorded.Envelope;
        (string, object?)[] headers =
        [
            // PostgreSQL keeps microseconds, and so does the journal; the text is kept as it was all the same.
            (At, envelope.At.ToString()), (Mono, SecondsConverter.ToSeconds(envelope.At.Monotonic)), (Boot, envelope.At.Boot), (Node, envelope.Node),
            (Cause, envelope.Cause), (View, envelope.View), (Committed, envelope.Committed), (Prev, recorded.Prev), (Hash, recorded.Hash),
        ];
        foreach (var (name, value) in headers)
        {
            if (value is not null)
            {
                yield return (name, value);
            }
        }
    }

    /// <summary>Puts an event together again.</summary>
    /// <exception cref="FormatException">The row was not written by a shipper.</exception>
    public static ChainedEvent Read(long version, string type, string data, string headers)
    {
        try
        {
            using var around = JsonDocument.Parse(headers);
            using var inside = JsonDocument.Parse(data);
            var root = around.RootElement;
            var at = new Instant(
                DateTimeOffset.Parse(root.GetProperty(At).GetString()!, CultureInfo.InvariantCulture),
                SecondsConverter.ToTime(root.GetProperty(Mono).GetDecimal()),
                root.GetProperty(Boot).GetString()!);
            var @event = type == nameof(UnknownEvent) ? OfText(inside.RootElement)
                : InOrder(EventCodec.ReadEvent(type, inside.RootElement));
            return new ChainedEvent(
                new Envelope(
                    version, at, root.GetProperty(Node).GetString()!, @event,
                    root.TryGetProperty(Cause, out var cause) ? cause.GetInt64() : null,
                    root.TryGetProperty(View, out var view) ? view.GetUInt64() : null,
                    root.TryGetProperty(Committed, out var committed) ? committed.GetUInt64() : null),
                root.GetProperty(Prev).GetString()!,
                root.GetProperty(Hash).GetString()!);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new FormatException($"the archive's event {version} of type {type} was not written by galeragate: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>
    /// The same event with its data as text. PostgreSQL takes no \u0000 within JSON, though a server may give one; in a
    /// text that holds JSON it is six harmless characters. The line comes back from it to the byte.
    /// </summary>
    public static ChainedEvent AsText(ChainedEvent recorded)
    {
        using var line = JsonDocument.Parse(EventCodec.Write(recorded.Envelope));
        var text = new UnknownEvent(recorded.Envelope.Type, line.RootElement.GetProperty("data").GetRawText());
        return recorded with { Envelope = recorded.Envelope with { Event = text } };
    }

    private static AuditEvent OfText(JsonElement inside)
    {
        using var data = JsonDocument.Parse(inside.GetProperty("data").GetString()!);
        return EventCodec.ReadEvent(inside.GetProperty("type").GetString()!, data.RootElement);
    }

    /// <summary>PostgreSQL keeps the keys of an object in an order of its own; a daemon writes settings by their names.</summary>
    private static AuditEvent InOrder(AuditEvent @event) => @event switch
    {
        DaemonStarted e => e with { Policy = ByName(e.Policy) },
        PolicyChanged e => e with { Changes = ByName(e.Changes) },
        _ => @event,
    };

    private static SortedDictionary<string, string> ByName(IReadOnlyDictionary<string, string> settings) => new(settings.ToDictionary(), StringComparer.Ordinal);
}
