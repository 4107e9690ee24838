using System.Globalization;

namespace GaleraGate.Domain;

/// <summary>
/// Durations as people write them: a number and its unit, <c>250ms</c>, <c>1.5s</c>, <c>2m</c>, <c>1h</c>.
/// </summary>
public static class Duration
{
    private static readonly (string Unit, double Milliseconds)[] Units =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>
    /// Reads a duration; null if the text is not one. A bare number has no unit and is not a duration.
    /// </summary>
    public static TimeSpan? Parse(string text)
    {
        foreach (var (unit, milliseconds) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && Read(text[..^unit.Length]) is { } number
                && number * milliseconds < TimeSpan.FromDays(366).TotalMilliseconds)
            {
                return TimeSpan.FromMilliseconds(number * milliseconds);
            }
        }

        return null;
    }

    /// <summary>Writes a duration in the largest unit that keeps it short: <c>1.5s</c>.</summary>
    public static string Format(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => Number(duration.TotalMilliseconds) + "ms",
        { TotalMinutes: < 2 } => Number(duration.TotalSeconds) + "s",
        { TotalHours: < 2 } => Number(duration.TotalMinutes) + "m",
        _ => Number(duration.TotalHours) + "h",
    };

    private static double? Read(string number) =>
        double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
