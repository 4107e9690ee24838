using System.Globalization;

namespace GaleraGate.Daemon.Text;

/// <summary>Formats a duration for people.</summary>
internal static class Lasting
{
    public static string Of(TimeSpan time) => Of(time.TotalSeconds);

    public static string Of(double seconds) => TimeSpan.FromSeconds(Math.Max(0, seconds)) switch
    {
        { TotalSeconds: < 10 } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalMinutes: < 2 } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        { TotalHours: < 2 } time => string.Create(
            CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s"),
        { TotalDays: < 2 } time => string.Create(
            CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min"),
        var time => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays} days {time.Hours} h"),
    };
}
