using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The last line of a segment that is full: how many events it has, from when to when, and the last one's hash. So a line taken off the end of a segment
/// is seen as one taken out of its middle is. A seal is no event and has no seq.
/// </summary>
public sealed record SealLine(long Events, long First, long Last, string FirstAt, string LastAt, string Prev)
{
    private static ReadOnlySpan<byte> Start => "{\"seal\":"u8;

    public static bool Is(ReadOnlySpan<byte> line) => line.StartsWith(Start);

    /// <summary>The whole line, and the hash over it.</summary>
    public (byte[] Line, string Hash) Write() => HashChain.Seal(
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{{\"seal\":{{\"events\":{Events},\"first\":{First},\"last\":{Last},\"firstAt\":\"{FirstAt}\",\"lastAt\":\"{LastAt}\"}}")),
        Prev);

    /// <summary>
    /// Reads a seal whose bytes are as they were written; null when they are not, or when it says nothing of what a
    /// seal says.
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
                prev);
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
