using System.Buffers.Text;
using System.Text;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// What a line begins with: enough to pass over it without reading it as JSON, which is most of what a search does. Any
/// line that does not begin as this program writes it has none, and is read whole.
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
        if (!rest.StartsWith(atStart) || type < 0 || TimeOf(rest[atStart.Length..]) is not { } at)
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

    /// <summary>
    /// Reads 2026-11-21T03:14:00.000001Z, and nothing else: the runtime's own parsing costs more than all the rest of
    /// passing over a line.
    /// </summary>
    private static DateTimeOffset? TimeOf(ReadOnlySpan<byte> text)
    {
        const string Form = "dddd-dd-ddTdd:dd:dd.ddddddZ";
        if (text.Length < Form.Length)
        {
            return null;
        }

        for (var i = 0; i < Form.Length; i++)
        {
            if (Form[i] == 'd' ? !char.IsAsciiDigit((char)text[i]) : text[i] != Form[i])
            {
                return null;
            }
        }

        var (month, day, hour, minute, second) = (
            Number(text[5..7]), Number(text[8..10]), Number(text[11..13]), Number(text[14..16]), Number(text[17..19]));
        var year = Number(text[..4]);
        return year < 1
            || month is < 1 or > 12
            || day < 1
            || day > DateTime.DaysInMonth(year, month)
            || hour > 23
            || minute > 59
            || second > 59
            ? null
            : new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).AddTicks(
                Number(text[20..26]) * TimeSpan.TicksPerMicrosecond);
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            number = (number * 10) + digit - '0';
        }

        return number;
    }
}
