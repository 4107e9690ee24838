namespace GaleraGate.Infrastructure.Json;

/// <summary>
/// Parses exactly the form 2026-11-21T03:14:00.000001Z. The runtime's own parser takes longer than all other work of
/// skipping a line.
/// </summary>
internal static class UtcText
{
    private const string Form = "dddd-dd-ddTdd:dd:dd.ddddddZ";

    /// <summary>The time at the beginning of a text; null if it does not have this form.</summary>
    public static DateTimeOffset? Parse(ReadOnlySpan<byte> text)
    {
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

    /// <summary>The time that a text is, with nothing after it; null when it is not of this form.</summary>
    public static DateTimeOffset? ParseWhole(ReadOnlySpan<byte> text) =>
        text.Length == Form.Length ? Parse(text) : null;

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
