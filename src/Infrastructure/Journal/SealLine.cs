using System.Buffers;
using System.Text.Json;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The last line of a full segment: the number of its events, the time of the first and the last, and the last one's
/// hash. So a line removed from the end of a segment is detected like one removed from its middle. A seal is not an
/// event and has no seq.
/// </summary>
/// <param name="Ran">How long the host had run by the last event; null in a journal of an older version.</param>
public sealed record SealLine(
    long Events, long First, long Last, string FirstAt, string LastAt, string Prev, RunningTime? Ran = null)
{
    private static ReadOnlySpan<byte> Start => "{\"seal\":"u8;

    public static bool Is(ReadOnlySpan<byte> line) => line.StartsWith(Start);

    /// <summary>The whole line, and its hash.</summary>
    public (byte[] Line, string Hash) Write()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("seal");
            json.WriteNumber("events", Events);
            json.WriteNumber("first", First);
            json.WriteNumber("last", Last);
            json.WriteString("firstAt", FirstAt);
            json.WriteString("lastAt", LastAt);
            if (Ran is { Boot: { } boot } ran)
            {
                json.WriteNumber("ran", SecondsConverter.ToSeconds(ran.Total));
                json.WriteString("boot", boot);
                json.WriteNumber("mono", SecondsConverter.ToSeconds(ran.Monotonic));
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return HashChain.Seal(buffer.WrittenSpan[..^1], Prev);
    }

    /// <summary>
    /// Parses a seal whose bytes are unchanged; null if they are changed, or if the line lacks a field of a seal.
    /// </summary>
    public static SealLine? Read(ReadOnlyMemory<byte> line)
    {
        if (HashChain.Verify(line.Span) is null || HashChain.Prev(line.Span) is not { } prev)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(line);
            var seal = document.RootElement.GetProperty("seal");
            return new SealLine(
                seal.GetProperty("events").GetInt64(),
                seal.GetProperty("first").GetInt64(),
                seal.GetProperty("last").GetInt64(),
                seal.GetProperty("firstAt").GetString()!,
                seal.GetProperty("lastAt").GetString()!,
                prev,
                seal.TryGetProperty("ran", out var ran)
                    ? new RunningTime(
                        SecondsConverter.ToTime(ran.GetDecimal()),
                        seal.GetProperty("boot").GetString(),
                        SecondsConverter.ToTime(seal.GetProperty("mono").GetDecimal()))
                    : null);
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
                or OverflowException)
        {
            return null;
        }
    }
}
