using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// A summary of a sealed segment, in a file beside it: the closures that ended in it, its samples, its notes, and the
/// folds at its end.
/// </summary>
/// <param name="Ended">In the order of their ends.</param>
internal sealed record SegmentSummary(
    IReadOnlyList<Closure> Ended, IReadOnlyList<Sample> Samples, IReadOnlyList<Envelope> Notes, RecordState End)
{
    private const string Kind = "summary";
    private const char OfClosure = 'c';
    private const char OfSample = 's';
    private const char OfNote = 'n';
    private const char OfEnd = 'e';
    private const string None = "none: the segment was damaged or modified after it was written";

    /// <summary>Whether a segment has such a file.</summary>
    public static bool Has(string segment) => DerivedFile.Has(segment, Kind);

    /// <summary>The summary of a segment; null if there is no matching one.</summary>
    public static SegmentSummary? Read(string segment)
    {
        try
        {
            if (DerivedFile.Lines(segment, Kind) is not { } lines || lines[^1][0] != OfEnd)
            {
                return null;
            }

            return new SegmentSummary(
                [.. lines.Where(line => line[0] == OfClosure).Select(line => Of(line, ClosureJson.Default.Closure))],
                [.. lines.Where(line => line[0] == OfSample).Select(line => Of(line, ClosureJson.Default.Sample))],
                [
                    .. lines.Where(line => line[0] == OfNote)
                        .Select(line => EventCodec.Read(Encoding.UTF8.GetBytes(line[1..]))),
                ],
                Of(lines[^1], ClosureJson.Default.RecordState));
        }
        catch (Exception e) when (
            e is JsonException or FormatException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return null;
        }

        static T Of<T>(string line, JsonTypeInfo<T> type) =>
            JsonSerializer.Deserialize(line.AsSpan(1), type) ?? throw new JsonException();
    }

    /// <summary>Writes the file, all or nothing.</summary>
    public void Write(string segment) => DerivedFile.Write(
        segment,
        Kind,
        [
            .. Ended.Select(one => OfClosure + JsonSerializer.Serialize(one, ClosureJson.Default.Closure)),
            .. Samples.Select(one => OfSample + JsonSerializer.Serialize(one, ClosureJson.Default.Sample)),
            .. Notes.Select(one => OfNote + Encoding.UTF8.GetString(EventCodec.Write(one))),
            OfEnd + JsonSerializer.Serialize(End, ClosureJson.Default.RecordState),
        ]);

    /// <summary>Writes a file without a summary, so that the segment is not read for one again and again.</summary>
    public static void WriteNone(string segment) => DerivedFile.Write(segment, Kind, [None]);
}
