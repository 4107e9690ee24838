using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// Envelope to JSON and back. Times are ISO 8601 UTC with microseconds, durations and monotonic times are seconds. Fields and types that this
/// version does not know are no error: a newer one wrote them.
/// </summary>
public static class EventCodec
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The envelope as a JSON object without its closing brace, for <see cref="HashChain.Seal"/>.</summary>
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

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">It is no event.</exception>
    public static Envelope Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var type = root.GetProperty("type").GetString()!;
            var data = root.GetProperty("data");
            var @event = EventNames.Find(type) is { } known
                ? (AuditEvent)data.Deserialize(known, EventJson.Default)!
                : new UnknownEvent(type, data.GetRawText());
            return new Envelope(
                root.GetProperty("seq").GetInt64(),
                new Instant(
                    DateTimeOffset.Parse(root.GetProperty("at").GetString()!, CultureInfo.InvariantCulture),
                    SecondsConverter.ToTime(root.GetProperty("mono").GetDecimal()),
                    root.GetProperty("boot").GetString()!),
                root.GetProperty("node").GetString()!,
                @event,
                root.TryGetProperty("cause", out var cause) ? cause.GetInt64() : null,
                root.TryGetProperty("view", out var view) ? view.GetUInt64() : null,
                root.TryGetProperty("committed", out var committed) ? committed.GetUInt64() : null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new FormatException($"no event: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static void WriteIfKnown(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
    }
}

/// <summary>Serialisation made at build time: one line for each event type, and a test that none is missing.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters = [typeof(ObservationConverter), typeof(VerdictConverter), typeof(SecondsConverter), typeof(InstantConverter), typeof(FamilyConverter)])]
[JsonSerializable(typeof(DaemonStarted))]
[JsonSerializable(typeof(DaemonStopped))]
[JsonSerializable(typeof(JournalRepaired))]
[JsonSerializable(typeof(ObservationChanged))]
[JsonSerializable(typeof(ObservationHeld))]
[JsonSerializable(typeof(NodeStateChanged))]
[JsonSerializable(typeof(ServerRestarted))]
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
[JsonSerializable(typeof(HoldPlaced))]
[JsonSerializable(typeof(HoldLifted))]
internal sealed partial class EventJson : JsonSerializerContext;

/// <summary>An observation as captures have it: {"variables": {…}}, or {"error": NAME, "detail": …}.</summary>
internal sealed class ObservationConverter : JsonConverter<Observation>
{
    public override Observation Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        if (root.TryGetProperty("error", out var error))
        {
            var detail = root.TryGetProperty("detail", out var text) ? text.GetString() : null;
            return Observation.Failed(ProbeErrors.Parse(error.GetString()!) ?? throw new JsonException($"no probe error {error}"), detail);
        }

        var observation = ObservedVariable.ReadAnswer(root.GetProperty("variables").EnumerateObject()
            .Select(property => KeyValuePair.Create(property.Name, property.Value.GetString())));
        return root.TryGetProperty("contradiction", out var name) ? observation with { Contradiction = name.GetString() } : observation;
    }

    public override void Write(Utf8JsonWriter writer, Observation value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        if (value.Error != ProbeError.None)
        {
            writer.WriteString("error", value.Error.Name());
            if (value.ErrorDetail is not null)
            {
                writer.WriteString("detail", value.ErrorDetail);
            }
        }
        else
        {
            writer.WriteStartObject("variables");
            foreach (var (name, text) in ObservedVariable.Rows(value))
            {
                writer.WriteString(name, text);
            }

            writer.WriteEndObject();
            if (value.Contradiction is not null)
            {
                writer.WriteString("contradiction", value.Contradiction);
            }
        }

        writer.WriteEndObject();
    }
}

/// <summary>A verdict as <c>galeragate check --json</c> prints it.</summary>
public sealed class VerdictConverter : JsonConverter<Verdict>
{
    public override Verdict Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        return new Verdict(
            Reason.Parse(root.GetProperty("reasons").EnumerateArray().Select(name => name.GetString()!)),
            Enum.TryParse<NodeState>(root.GetProperty("nodeState").GetString(), out var state) ? state : NodeState.Unknown);
    }

    public override void Write(Utf8JsonWriter writer, Verdict value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("verdict", value.IsFit ? "fit" : "unfit");
        writer.WriteString("reason", value.Headline);
        writer.WriteStartArray("reasons");
        foreach (var reason in Reason.Of(value.Reasons))
        {
            writer.WriteStringValue(reason.Name);
        }

        writer.WriteEndArray();
        if (value.Pace is { } pace)
        {
            writer.WriteString("pace", pace.Name());
        }

        writer.WriteString("nodeState", value.NodeState.ToString());
        writer.WriteEndObject();
    }
}

/// <summary>Durations are seconds, exact to 100 ns.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public static decimal ToSeconds(TimeSpan time) => time.Ticks / (decimal)TimeSpan.TicksPerSecond;

    public static TimeSpan ToTime(decimal seconds) => TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ToTime(reader.GetDecimal());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(ToSeconds(value));
}

/// <summary>A moment inside an event's data.</summary>
internal sealed class InstantConverter : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        return new Instant(
            DateTimeOffset.Parse(root.GetProperty("at").GetString()!, CultureInfo.InvariantCulture),
            SecondsConverter.ToTime(root.GetProperty("mono").GetDecimal()),
            root.GetProperty("boot").GetString()!);
    }

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("at", value.ToString());
        writer.WriteNumber("mono", SecondsConverter.ToSeconds(value.Monotonic));
        writer.WriteString("boot", value.Boot);
        writer.WriteEndObject();
    }
}

/// <summary>ipv4 and ipv6, as everywhere.</summary>
internal sealed class FamilyConverter() : JsonStringEnumConverter<Family>(JsonNamingPolicy.CamelCase);
