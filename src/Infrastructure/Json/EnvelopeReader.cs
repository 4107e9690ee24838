using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Json;

/// <summary>
/// Parses lines in one pass if this program wrote them. Any other line is left to the slower reader, which reports what
/// is wrong with it.
/// </summary>
internal static class EnvelopeReader
{
    private static readonly Dictionary<string, JsonTypeInfo>.AlternateLookup<ReadOnlySpan<char>> Types =
        EventTable.Rows.ToDictionary(row => row.Name, row => EventJson.Default.GetTypeInfo(row.Type)!)
            .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The strings of the previous line; the next line usually has the same ones.</summary>
    [ThreadStatic]
    private static (string Boot, string Node)? _before;

    /// <summary>The envelope; null if the line does not have the form that this program writes.</summary>
    /// <exception cref="JsonException">It is not JSON, or the data do not match their type.</exception>
    public static Envelope? Read(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        if (!reader.Read()
            || !Next(ref reader, "seq"u8) || !reader.TryGetInt64(out var seq)
            || !Next(ref reader, "at"u8) || UtcText.ParseWhole(reader.ValueSpan) is not { } utc
            || !Next(ref reader, "mono"u8) || !reader.TryGetDecimal(out var mono)
            || !Next(ref reader, "boot"u8) || Text(ref reader, _before?.Boot) is not { } boot
            || !Next(ref reader, "node"u8) || Text(ref reader, _before?.Node) is not { } node
            || !Next(ref reader, "type"u8) || TypeOf(ref reader) is not { } type)
        {
            return null;
        }

        long? cause = null;
        ulong? view = null;
        ulong? committed = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader;
            if (field.ValueTextEquals("data"u8))
            {
                return ChainFields.StartOf(line) is { } end && reader.Read() && reader.TokenStartIndex < end
                    && ParsedEvents.Of(type, line[(int)reader.TokenStartIndex..end]) is { } data
                    ? Of(data)
                    : null;
            }

            if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetUInt64(out var number))
            {
                return null;
            }

            if (field.ValueTextEquals("cause"u8) && number <= long.MaxValue)
            {
                cause = (long)number;
            }
            else if (field.ValueTextEquals("view"u8))
            {
                view = number;
            }
            else if (field.ValueTextEquals("committed"u8))
            {
                committed = number;
            }
            else
            {
                return null;
            }
        }

        return null;

        Envelope Of(AuditEvent data)
        {
            _before = (boot, node);
            return new Envelope(
                seq, new Instant(utc, SecondsConverter.ToTime(mono), boot), node, data, cause, view, committed);
        }
    }

    /// <summary>How to read the data of a type; null if the type is unknown.</summary>
    public static JsonTypeInfo? TypeOf(string name) => Types.TryGetValue(name, out var type) ? type : null;

    /// <summary>Moves to the value of a field, if that is the next one.</summary>
    private static bool Next(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) =>
        reader.Read()
        && reader.TokenType == JsonTokenType.PropertyName
        && reader.ValueTextEquals(name)
        && reader.Read();

    private static string? Text(ref Utf8JsonReader reader, string? before) =>
        reader.TokenType != JsonTokenType.String ? null
        : before is not null && reader.ValueTextEquals(before) ? before
        : reader.GetString();

    private static JsonTypeInfo? TypeOf(ref Utf8JsonReader reader)
    {
        const int Longest = 64;
        Span<char> name = stackalloc char[Longest];
        return reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= Longest
            && Types.TryGetValue(name[..reader.CopyString(name)], out var type)
            ? type
            : null;
    }
}
