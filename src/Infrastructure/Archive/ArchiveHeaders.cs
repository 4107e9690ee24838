using System.Text;
using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>
/// Stores the fields of an event other than its data in the archive's event headers, under the same names as in the
/// journal.
/// </summary>
internal static class ArchiveHeaders
{
    private const string Prev = "prev";
    private const string Line = "line";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The journal's hash of the event; queries use it too.</summary>
    public const string Hash = "hash";

    public static IEnumerable<(string Name, object Value)> Of(ChainedEvent recorded)
    {
        var envelope = recorded.Envelope;
        (string, object?)[] headers =
        [
            // PostgreSQL and the journal both keep microseconds; the text is kept to be safe.
            ("at", envelope.At.ToString()),
            ("mono", SecondsConverter.ToSeconds(envelope.At.Monotonic)),
            ("boot", envelope.At.Boot),
            ("node", envelope.Node),
            ("cause", envelope.Cause),
            ("view", envelope.View),
            ("committed", envelope.Committed),
            (Prev, recorded.Prev),
            (Hash, recorded.Hash),
            (Line, recorded.Line is { } line ? Strict.GetString(line.Span) : null),
        ];
        foreach (var (name, value) in headers)
        {
            if (value is not null)
            {
                yield return (name, value);
            }
        }
    }

    /// <summary>Rebuilds an event.</summary>
    /// <exception cref="FormatException">The row was not written by a shipper.</exception>
    public static ChainedEvent Read(
        long version, string type, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> headers)
    {
        try
        {
            using var around = JsonDocument.Parse(headers);
            using var inside = JsonDocument.Parse(data);
            var root = around.RootElement;
            if (root.TryGetProperty(Line, out var kept))
            {
                // Show exactly the text that is verified.
                var line = Strict.GetBytes(kept.GetString()!);
                return new ChainedEvent(
                    EventCodec.Read(line), root.GetProperty(Prev).GetString()!, root.GetProperty(Hash).GetString()!)
                {
                    Line = line,
                };
            }

            var @event = type == nameof(UnknownEvent)
                ? OfText(inside.RootElement)
                : InOrder(EventCodec.ReadEvent(type, inside.RootElement));
            return new ChainedEvent(
                EventCodec.Around(version, @event, root),
                root.GetProperty(Prev).GetString()!,
                root.GetProperty(Hash).GetString()!);
        }
        catch (Exception e) when (e is FormatException || EventCodec.IsOfContent(e))
        {
            throw new FormatException(
                $"the archive's event {version} of type {type} was not written by galeragate: "
                + $"{e.Message.ReplaceLineEndings(" ")}",
                e);
        }
    }

    /// <summary>
    /// The same event with its data as text. PostgreSQL refuses \u0000 in JSON, but a server may return one; inside a
    /// text that holds JSON it is six harmless characters. The journal line can be restored byte for byte.
    /// </summary>
    public static ChainedEvent AsText(ChainedEvent recorded)
    {
        using var line = JsonDocument.Parse(EventCodec.Write(recorded.Envelope));
        var text = new UnknownEvent(recorded.Envelope.Type, line.RootElement.GetProperty("data").GetRawText());
        return recorded with { Envelope = recorded.Envelope with { Event = text } };
    }

    private static AuditEvent OfText(JsonElement inside) =>
        EventCodec.ReadEvent(inside.GetProperty("type").GetString()!, inside.GetProperty("data").GetString()!);

    /// <summary>
    /// PostgreSQL reorders the keys of an object; a daemon writes settings in the order of their names.
    /// </summary>
    private static AuditEvent InOrder(AuditEvent @event) => @event switch
    {
        DaemonStarted e => e with { Policy = ByName(e.Policy) },
        PolicyChanged e => e with { Changes = ByName(e.Changes) },
        _ => @event,
    };

    private static SortedDictionary<string, string> ByName(IReadOnlyDictionary<string, string> settings) =>
        new(settings.ToDictionary(), StringComparer.Ordinal);
}
