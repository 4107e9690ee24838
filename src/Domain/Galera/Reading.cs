using System.Globalization;

namespace GaleraGate.Domain.Galera;

/// <summary>
/// One variable as the server reported it: missing, unreadable, or a value of its own type. The original text is kept.
/// </summary>
public readonly record struct Reading<T>(string? Text, bool IsReadable, T? Value)
    where T : struct
{
    public bool IsMissing => Text is null;

    public bool IsUnreadable => Text is not null && !IsReadable;

    /// <summary>True if the variable is present, readable and equal to <paramref name="value"/>.</summary>
    public bool Is(T value) => IsReadable && EqualityComparer<T>.Default.Equals(Value!.Value, value);
}

/// <summary>
/// How each kind of value is read. Enumerated values are case-insensitive; integers are strict decimal digits.
/// </summary>
public static class Reading
{
    /// <summary>ON or OFF, 1 or 0.</summary>
    public static Reading<bool> Switch(string? text) => Of<bool>(
        text, Same(text, "ON") || text == "1" ? true : Same(text, "OFF") || text == "0" ? false : null);

    /// <summary>True for exactly ON; any other value is false, because only a clear yes counts.</summary>
    public static Reading<bool> OnlyOn(string? text) => Of<bool>(text, Same(text, "ON"));

    /// <summary>
    /// False for OFF and 0; any other value is true (newer MariaDB adds NO_LOCK and NO_LOCK_NO_ADMIN).
    /// </summary>
    public static Reading<bool> AnythingButOff(string? text) => Of<bool>(text, !(Same(text, "OFF") || text == "0"));

    public static Reading<ulong> Digits(string? text) => Of<ulong>(
        text, ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null);

    public static Reading<double> Fraction(string? text) => Of<double>(
        text,
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : null);

    /// <summary>Compares an enumerated value or a variable's name.</summary>
    public static bool Same(string? text, string value) =>
        string.Equals(text, value, StringComparison.OrdinalIgnoreCase);

    private static Reading<T> Of<T>(string? text, T? value)
        where T : struct => new(text, text is not null && value is not null, text is null ? null : value);
}
