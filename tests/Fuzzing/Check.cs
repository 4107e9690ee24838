namespace GaleraGate.Fuzzing;

/// <summary>A fault in a reader that an input revealed.</summary>
internal sealed class FaultException(string what) : Exception(what);

internal static class Check
{
    public static void That(bool holds, string what)
    {
        if (!holds)
        {
            throw new FaultException(what);
        }
    }

    public static void Equal<T>(T expected, T actual, string what) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: {expected} is not {actual}");

    public static void Same<T>(IEnumerable<T> expected, IEnumerable<T> actual, string what) =>
        That(expected.SequenceEqual(actual), $"{what}:\n{string.Join('\n', expected)}\nis not\n"
            + string.Join('\n', actual));

    /// <summary>Text about an input that a person sees must be one line.</summary>
    public static void IsOneLine(string? text) =>
        That(text is null || !(text.Contains('\n') || text.Contains('\r')), $"more than one line: {text}");

    /// <summary>
    /// The value, or null when the reader rejects the input, which it may do only with a message of one line.
    /// </summary>
    public static T? Refusable<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (FormatException e)
        {
            IsOneLine(e.Message);
            return null;
        }
    }
}
