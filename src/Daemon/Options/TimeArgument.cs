using System.Globalization;
using System.Text.RegularExpressions;
using GaleraGate.Domain;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Parses times as journalctl does: ISO 8601, a date, a time of today, now, today, yesterday, tomorrow, one of these
/// days with a time (yesterday 23:00), @seconds of the epoch, a span ago (2h, -2h, "2 hours ago") or ahead (+5min). A
/// time without a zone is in this host's zone.
/// </summary>
internal static partial class TimeArgument
{
    private static readonly (string[] Names, double Seconds)[] Units =
    [
        (["us", "usec"], 1e-6),
        (["ms", "msec"], 1e-3),
        (["", "s", "sec", "second", "seconds"], 1),
        (["m", "min", "minute", "minutes"], 60),
        (["h", "hr", "hour", "hours"], 3600),
        (["d", "day", "days"], 86_400),
        (["w", "week", "weeks"], 7 * 86_400),
        (["month", "months"], 30.44 * 86_400),
        (["y", "year", "years"], 365.25 * 86_400),
    ];

    private static readonly string[] Formats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd HH:mm",
        "yyyy-MM-dd HH:mm:ss",
        "yyyy-MM-dd HH:mm:ss.FFFFFFF",
        "HH:mm",
        "HH:mm:ss",
        "HH:mm:ss.FFFFFFF",
    ];

    /// <summary>The moment that a text means; null if it is not a time.</summary>
    public static DateTimeOffset? Parse(string text, DateTimeOffset now)
    {
        text = text.Trim();
        var midnight = new DateTimeOffset(now.LocalDateTime.Date);
        return text switch
        {
            "now" => now,
            "today" => midnight,
            "yesterday" => new DateTimeOffset(midnight.LocalDateTime.AddDays(-1)),
            "tomorrow" => new DateTimeOffset(midnight.LocalDateTime.AddDays(1)),
            ['@', .. var epoch] => double.TryParse(
                epoch, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds < 1e11
                ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
                : null,
            ['-', .. var span] => Span(span) is { } ago ? now - ago : null,
            ['+', .. var span] => Span(span) is { } ahead ? now + ahead : null,
            _ when text.EndsWith(" ago", StringComparison.Ordinal) => Span(text[..^" ago".Length]) is { } ago
                ? now - ago
                : null,
            _ => OfDay(text, now) ?? Written(text, midnight) ?? Ago(text, now),
        };
    }

    /// <summary>As in: yesterday 23:00.</summary>
    private static DateTimeOffset? OfDay(string text, DateTimeOffset now) =>
        text.Split(' ', 2, StringSplitOptions.TrimEntries) is ["today" or "yesterday" or "tomorrow", var time] words
        && Parse(words[0], now) is { } midnight
            ? Written(time, midnight, onlyTime: true)
            : null;

    /// <summary>A span with its unit. Without a sign it means the past.</summary>
    private static DateTimeOffset? Ago(string text, DateTimeOffset now) =>
        text.Length > 0 && char.IsAsciiLetter(text[^1]) && Span(text) is { } ago ? now - ago : null;

    /// <exception cref="FormatException">The text is not a time; the message is one line and names the
    /// option.</exception>
    public static DateTimeOffset Required(string text, string name) =>
        Parse(text, DateTimeOffset.Now)
        ?? throw new FormatException(
            $"{name}: '{text}' is not a valid time: give ISO 8601 such as 2026-11-21T03:14:00Z, 03:14, yesterday, "
            + "\"yesterday 23:00\", -2h or \"2 hours ago\"");

    /// <exception cref="FormatException">It is not a duration; the message is one line and names the
    /// option.</exception>
    public static TimeSpan RequiredDuration(string text, string name, string example) =>
        Duration.Parse(text)
        ?? throw new FormatException($"{name} takes a duration with its unit, such as {example}, not '{text}'");

    private static DateTimeOffset? Written(string text, DateTimeOffset midnight, bool onlyTime = false)
    {
        const DateTimeStyles TimeAlone = DateTimeStyles.NoCurrentDateDefault;
        var formats = onlyTime ? Array.FindAll(Formats, format => format[0] == 'H') : Formats;
        if (DateTime.TryParseExact(text, formats, CultureInfo.InvariantCulture, TimeAlone, out var local))
        {
            var written = local.Year == 1 ? midnight.LocalDateTime + local.TimeOfDay : local;
            return new DateTimeOffset(written, TimeZoneInfo.Local.GetUtcOffset(written));
        }

        return !onlyTime
            && text.Length > 0
            && char.IsAsciiDigit(text[0])
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time)
            ? time
            : null;
    }

    private static TimeSpan? Span(string text)
    {
        var total = 0.0;
        var parts = Part().Matches(text);
        if (parts.Count == 0 || string.Concat(parts.Select(part => part.Value)).Trim() != text.Trim())
        {
            return null;
        }

        foreach (Match part in parts)
        {
            var unit = Units.FirstOrDefault(row => row.Names.Contains(part.Groups[2].Value));
            if (unit.Names is null)
            {
                return null;
            }

            total += double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * unit.Seconds;
        }

        return total < TimeSpan.FromDays(36_500).TotalSeconds ? TimeSpan.FromSeconds(total) : null;
    }

    [GeneratedRegex(@"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}
