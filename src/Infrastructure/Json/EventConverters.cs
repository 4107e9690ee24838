using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Json;

/// <summary>An observation in the form of captures: {"variables": {…}}, or {"error": NAME, "detail": …}.</summary>
internal sealed class ObservationConverter : JsonConverter<Observation>
{
    public override Observation Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (ObservationReader.Read(ref reader) is { } usual)
        {
            return usual;
        }

        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        if (root.TryGetProperty("error", out var error))
        {
            var detail = root.TryGetProperty("detail", out var text) ? text.GetString() : null;
            return Observation.Failed(
                ProbeErrors.Parse(error.GetString()!) ?? throw new JsonException($"no probe error {error}"), detail);
        }

        var observation = ObservedVariable.ReadAnswer(root.GetProperty("variables").EnumerateObject()
            .Select(property => KeyValuePair.Create(property.Name, property.Value.GetString())));
        return root.TryGetProperty("contradiction", out var name)
            ? observation with
            {
                Contradiction = name.GetString(),
            }
            : observation;
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
        var reasons = Reason.Parse(root.GetProperty("reasons").EnumerateArray().Select(name => name.GetString()!));
        var headline = root.TryGetProperty("reason", out var reason) ? reason.ToString() : null;
        return new Verdict(
            reasons,
            Enum.TryParse<NodeState>(root.GetProperty("nodeState").GetString(), out var state)
                ? state
                : NodeState.Unknown,
            reasons == Reasons.None ? Verdict.WaiverOf(headline) : Waiver.None);
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

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ToTime(reader.GetDecimal());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(ToSeconds(value));
}

/// <summary>A number that is too large would be read as infinite, which JSON cannot say.</summary>
internal sealed class FiniteConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDouble() is var value && double.IsFinite(value)
            ? value
            : throw new JsonException("a number is too large");

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value);
}

/// <summary>A moment inside an event's data.</summary>
internal sealed class InstantConverter : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        DateTimeOffset? at = null;
        decimal? mono = null;
        string? boot = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader;
            _ = reader.Read();
            switch (field.ValueSpan)
            {
                case var name when name.SequenceEqual("at"u8):
                    at = UtcText.ParseWhole(reader.ValueSpan)
                        ?? DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture);
                    break;
                case var name when name.SequenceEqual("mono"u8):
                    mono = reader.GetDecimal();
                    break;
                case var name when name.SequenceEqual("boot"u8):
                    boot = reader.GetString();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return at is { } utc && mono is { } seconds && boot is not null
            ? new Instant(utc, SecondsConverter.ToTime(seconds), boot)
            : throw new JsonException("a time lacks at, mono or boot");
    }

    /// <summary>The moment stored in the fields of an object.</summary>
    public static Instant Of(JsonElement fields) => new(
        DateTimeOffset.Parse(fields.GetProperty("at").GetString()!, CultureInfo.InvariantCulture),
        SecondsConverter.ToTime(fields.GetProperty("mono").GetDecimal()),
        fields.GetProperty("boot").GetString()!);

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("at", value.ToString());
        writer.WriteNumber("mono", SecondsConverter.ToSeconds(value.Monotonic));
        writer.WriteString("boot", value.Boot);
        writer.WriteEndObject();
    }
}

/// <summary>ipv4, ipv6 and inet, as everywhere.</summary>
internal sealed class FamilyConverter() : JsonStringEnumConverter<Family>(JsonNamingPolicy.CamelCase);
