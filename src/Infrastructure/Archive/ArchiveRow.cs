using System.Text.Json;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>
/// Reads a row of mt_events in one pass if this program's shipper wrote it. Any other row is left to
/// <see cref="ArchiveHeaders"/>, which reports what is wrong with it.
/// </summary>
internal sealed record ArchiveRow(long Version, string Type, byte[] Data, byte[] Headers)
{
    /// <summary>The columns that <see cref="Read"/> expects, in this order, from a table e.</summary>
    public const string Columns = "e.version, e.type, e.data::text, COALESCE(e.headers::text, '{}')";

    /// <summary>
    /// Whether a row of a table e has one of the given types; an event that was stored as text has its type inside the
    /// data.
    /// </summary>
    /// <param name="any">The types, as an operand of =.</param>
    public static string IsOfType(string any) =>
        $"(e.type = {any} OR (e.type = '{nameof(UnknownEvent)}' AND e.data ->> 'type' = {any}))";

    /// <summary>The strings of the previous row; the next row usually has the same ones.</summary>
    [ThreadStatic]
    private static (string Boot, string Node)? _before;

    /// <param name="first">The column at which <see cref="Columns"/> begin.</param>
    public static ArchiveRow Read(NpgsqlDataReader reader, int first = 0) => new(
        reader.GetInt64(first),
        reader.GetString(first + 1),
        reader.GetFieldValue<byte[]>(first + 2),
        reader.GetFieldValue<byte[]>(first + 3));

    /// <exception cref="FormatException">The row was not written by a shipper.</exception>
    public ChainedEvent Event() => Quick() ?? ArchiveHeaders.Read(Version, Type, Data, Headers);

    private ChainedEvent? Quick()
    {
        // Settings come back in PostgreSQL's order, not the journal's.
        if (Type is "DaemonStarted" or "PolicyChanged" || EnvelopeReader.TypeOf(Type) is not { } known)
        {
            return null;
        }

        try
        {
            var around = new Utf8JsonReader(Headers);
            return Around(ref around) is { } fields
                && ParsedEvents.Of(known, Data) is { } @event
                ? new ChainedEvent(fields.Of(Version, @event), fields.Prev, fields.Hash)
                : null;
        }
        catch (Exception e) when (EventCodec.IsOfContent(e))
        {
            return null;
        }
    }

    private static Fields? Around(ref Utf8JsonReader reader)
    {
        var fields = new Fields();
        _ = reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader;
            if (!reader.Read())
            {
                return null;
            }

            switch (name.ValueSpan)
            {
                case var it when it.SequenceEqual("at"u8):
                    fields.At = UtcText.ParseWhole(reader.ValueSpan);
                    break;
                case var it when it.SequenceEqual("mono"u8):
                    fields.Mono = reader.GetDecimal();
                    break;
                case var it when it.SequenceEqual("boot"u8):
                    fields.Boot = Text(ref reader, _before?.Boot);
                    break;
                case var it when it.SequenceEqual("node"u8):
                    fields.Node = Text(ref reader, _before?.Node);
                    break;
                case var it when it.SequenceEqual("prev"u8):
                    fields.Prev = reader.GetString()!;
                    break;
                case var it when it.SequenceEqual("hash"u8):
                    fields.Hash = reader.GetString()!;
                    break;
                case var it when it.SequenceEqual("cause"u8):
                    fields.Cause = reader.GetInt64();
                    break;
                case var it when it.SequenceEqual("view"u8):
                    fields.View = reader.GetUInt64();
                    break;
                case var it when it.SequenceEqual("committed"u8):
                    fields.Committed = reader.GetUInt64();
                    break;
                default:
                    return null;
            }
        }

        return fields is { At: not null, Boot: not null, Node: not null, Prev: not null, Hash: not null }
            ? fields
            : null;
    }

    private static string? Text(ref Utf8JsonReader reader, string? before) =>
        before is not null && reader.ValueTextEquals(before) ? before : reader.GetString();

    private sealed class Fields
    {
        public DateTimeOffset? At { get; set; }

        public decimal Mono { get; set; }

        public string? Boot { get; set; }

        public string? Node { get; set; }

        public string Prev { get; set; } = null!;

        public string Hash { get; set; } = null!;

        public long? Cause { get; set; }

        public ulong? View { get; set; }

        public ulong? Committed { get; set; }

        public Envelope Of(long version, AuditEvent @event)
        {
            _before = (Boot!, Node!);
            return new Envelope(
                version,
                new Instant(At!.Value, SecondsConverter.ToTime(Mono), Boot!),
                Node!,
                @event,
                Cause,
                View,
                Committed);
        }
    }
}
