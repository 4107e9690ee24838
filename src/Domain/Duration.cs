using System.Globalization;

namespace GaleraGate.Domain;

/// <summary>Durations as people write them: a number and its unit, <c>250ms</c>, <c>1.5s</c>, <c>2m</c>, <c>1h</c>.</summary>
public static class Duration
{
    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Reads a duration; null where the text is none (a bare number has no unit and is none).</summary>
    public static TimeSpan? Parse(string text)
    {
        foreach (var (unit, milliseconds) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * milliseconds < TimeSpan.FromDays(366).TotalMilliseconds)
            {
                return TimeSpan.FromMilliseconds(number * milliseconds);
            }
        }

        return null;
    }

    /// <summary>Writes a duration in the largest unit that leaves it short: <c>1.5s</c>.</summary>
    public static string Format(TimeSpan duration) =>
        duration < TimeSpan.FromSeconds(1)
            ? Number(duration.TotalMilliseconds) + "ms"
            : duration < TimeSpan.FromMinutes(2) ? Number(duration.TotalSeconds) + "s"
            : duration < TimeSpan.FromHours(2) ? Number(duration.TotalMinutes) + "m"
            : Number(duration.TotalHours) + "h";

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
