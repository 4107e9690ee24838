using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Json;

/// <summary>
/// Converts envelopes to JSON and back. Times are ISO 8601 UTC with microseconds; durations and monotonic times are
/// seconds. Unknown fields and types are not errors: a newer version wrote them.
/// </summary>
public static class EventCodec
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>The envelope as a JSON object without its closing brace, which the hash chain adds.</summary>
    public static byte[] WriteOpened(Envelope envelope) => Write(envelope)[..^1];

    /// <summary>The envelope as a JSON object.</summary>
    public static byte[] Write(Envelope envelope)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("seq", envelope.Seq);
            json.WriteString("at", envelope.At.ToString());
            json.WriteNumber("mono", SecondsConverter.ToSeconds(envelope.At.Monotonic));
            json.WriteString("boot", envelope.At.Boot);
            json.WriteString("node", envelope.Node);
            json.WriteString("type", envelope.Type);
            WriteIfKnown(json, "cause", envelope.Cause);
            if (envelope.View is { } view)
            {
                json.WriteNumber("view", view);
            }

            if (envelope.Committed is { } committed)
            {
                json.WriteNumber("committed", committed);
            }

            json.WritePropertyName("data");
            if (envelope.Event is UnknownEvent unknown)
            {
                json.WriteRawValue(unknown.Data);
            }
            else
            {
                JsonSerializer.Serialize(json, envelope.Event, envelope.Event.GetType(), EventJson.Default);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Parses a line.</summary>
    /// <exception cref="FormatException">It does not contain an event.</exception>
    public static Envelope Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            if (Quick(line.Span) is { } envelope)
            {
                return envelope;
            }

            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var @event = ReadEvent(root.GetProperty("type").GetString()!, root.GetProperty("data"));
            return Around(root.GetProperty("seq").GetInt64(), @event, root);
        }
        catch (Exception e) when (IsOfContent(e))
        {
            throw new FormatException($"no event: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static Envelope? Quick(ReadOnlySpan<byte> line)
    {
        try
        {
            return EnvelopeReader.Read(line);
        }
        catch (JsonException)
        {
            // It may be of a later version, with a field after the data. If it is not JSON, parsing it whole says why.
            return null;
        }
    }

    /// <summary>The envelope of an event, from the fields beside its data.</summary>
    public static Envelope Around(long seq, AuditEvent @event, JsonElement fields) => new(
        seq,
        InstantConverter.Of(fields),
        fields.GetProperty("node").GetString()!,
        @event,
        fields.TryGetProperty("cause", out var cause) ? cause.GetInt64() : null,
        fields.TryGetProperty("view", out var view) ? view.GetUInt64() : null,
        fields.TryGetProperty("committed", out var committed) ? committed.GetUInt64() : null);

    /// <summary>True for the exceptions thrown when the JSON is complete but does not contain an event.</summary>
    public static bool IsOfContent(Exception e) => e
        is JsonException
        or KeyNotFoundException
        or InvalidOperationException
        or ArgumentException
        or OverflowException;

    /// <summary>Parses an event's data.</summary>
    /// <exception cref="JsonException">They do not match the type.</exception>
    public static AuditEvent ReadEvent(string type, JsonElement data) => EventNames.Find(type) is { } known
        ? WholeEvent.Of(
            (AuditEvent)(data.Deserialize(known, EventJson.Default) ?? throw new JsonException($"no data of a {type}")))
        : new UnknownEvent(type, data.GetRawText());

    /// <summary>Parses an event's data from a text.</summary>
    /// <exception cref="JsonException">They do not match the type.</exception>
    public static AuditEvent ReadEvent(string type, string data)
    {
        using var document = JsonDocument.Parse(data);
        return ReadEvent(type, document.RootElement);
    }

    /// <summary>Configures a serializer to use this form of events.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        var own = EventJson.Default.Options;
        options.PropertyNamingPolicy = own.PropertyNamingPolicy;
        options.DefaultIgnoreCondition = own.DefaultIgnoreCondition;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        foreach (var converter in own.Converters)
        {
            options.Converters.Add(converter);
        }

        options.TypeInfoResolverChain.Add(EventJson.Default);
    }

    private static void WriteIfKnown(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
    }
}

/// <summary>
/// Serialisation generated at build time: one line for each event type. A test checks that none is missing.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [
        typeof(ObservationConverter),
        typeof(VerdictConverter),
        typeof(SecondsConverter),
        typeof(FiniteConverter),
        typeof(InstantConverter),
        typeof(FamilyConverter),
    ])]
[JsonSerializable(typeof(DaemonStarted))]
[JsonSerializable(typeof(DaemonStopped))]
[JsonSerializable(typeof(PolicyChanged))]
[JsonSerializable(typeof(JournalRepaired))]
[JsonSerializable(typeof(AuditGap))]
[JsonSerializable(typeof(ArchiveRefused))]
[JsonSerializable(typeof(ObservationChanged))]
[JsonSerializable(typeof(ObservationHeld))]
[JsonSerializable(typeof(NodeStateChanged))]
[JsonSerializable(typeof(ServerRestarted))]
[JsonSerializable(typeof(DiskProbed))]
[JsonSerializable(typeof(VerdictChanged))]
[JsonSerializable(typeof(GateOpening))]
[JsonSerializable(typeof(GateOpened))]
[JsonSerializable(typeof(GateAdopted))]
[JsonSerializable(typeof(GateClosing))]
[JsonSerializable(typeof(GateClosed))]
[JsonSerializable(typeof(GateStayedOpen))]
[JsonSerializable(typeof(GateStayedClosed))]
[JsonSerializable(typeof(RedirectAdded))]
[JsonSerializable(typeof(RedirectRemoved))]
[JsonSerializable(typeof(RuleAdded))]
[JsonSerializable(typeof(RuleRemoved))]
[JsonSerializable(typeof(RedirectChangeFailed))]
[JsonSerializable(typeof(DriftFound))]
[JsonSerializable(typeof(DriftMended))]
[JsonSerializable(typeof(ConnectionsReset))]
[JsonSerializable(typeof(LeaseArmed))]
[JsonSerializable(typeof(LeaseLapsed))]
[JsonSerializable(typeof(LeaseFailed))]
[JsonSerializable(typeof(LoopStalled))]
[JsonSerializable(typeof(HoldPlaced))]
[JsonSerializable(typeof(HoldLifted))]
[JsonSerializable(typeof(Annotated))]
[JsonSerializable(typeof(UnknownEvent))]
[JsonSerializable(typeof(Dictionary<string, object>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(long))]
[JsonSerializable(typeof(ulong))]
[JsonSerializable(typeof(decimal))]
internal sealed partial class EventJson : JsonSerializerContext;
