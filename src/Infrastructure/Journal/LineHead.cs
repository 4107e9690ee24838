using System.Buffers.Text;
using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The beginning of a line: enough to skip the line without parsing it as JSON, which is most of the work of a search.
/// A line that does not begin the way this program writes it has no head and is parsed in full.
/// </summary>
internal readonly record struct LineHead(long Seq, DateTimeOffset At, string Type)
{
    private static readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Names =
        EventNames.All.ToDictionary(name => name, StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();

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
        var type = rest.IndexOf(typeStart);
        if (!rest.StartsWith(atStart) || type < 0 || UtcText.Parse(rest[atStart.Length..]) is not { } at)
        {
            return null;
        }

        rest = rest[(type + typeStart.Length)..];
        var length = rest.IndexOf((byte)'"');
        Span<char> name = stackalloc char[64];
        return length is < 0 or > 64 ? null
            : Names.TryGetValue(name[..Encoding.ASCII.GetChars(rest[..length], name)], out var known)
                ? new LineHead(seq, at, known)
            : null;
    }
}
