using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// What a line begins with: enough to pass over it without reading it as JSON, which is most of what a search does. Any line that does not begin as this
/// program writes it has none, and is read whole.
/// </summary>
internal readonly record struct LineHead(long Seq, DateTimeOffset At, string Type)
{
    private const int AtLength = 27; // 2026-11-21T03:14:00.000001Z

    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Names =
        Domain.Events.EventNames.All.ToDictionary(name => name, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    public static LineHead? Of(ReadOnlySpan<byte> line)
    {
        var seqStart = "{\"seq\":"u8;
        var atStart = ",\"at\":\""u8;
        var typeStart = ",\"type\":\""u8;
        if (!line.StartsWith(seqStart) || !Utf8Parser.TryParse(line[seqStart.Length..], out long seq, out var digits))
        {
            return null;
        }

        var rest = line[(seqStart.Length + digits)..];
        if (!rest.StartsWith(atStart) || rest.Length < atStart.Length + AtLength)
        {
            return null;
        }

        Span<char> text = stackalloc char[AtLength];
        _ = Encoding.ASCII.GetChars(rest.Slice(atStart.Length, AtLength), text);
        var type = rest.IndexOf(typeStart);
        if (type < 0 || !DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
        {
            return null;
        }

        rest = rest[(type + typeStart.Length)..];
        var length = rest.IndexOf((byte)'"');
        Span<char> name = stackalloc char[64];
        return length is < 0 or > 64 ? null
            : Names.TryGetValue(name[..Encoding.ASCII.GetChars(rest[..length], name)], out var known) ? new LineHead(seq, at, known) : null;
    }
}
