using System.Globalization;
using System.Text.Json;

namespace GaleraGate.Domain.Galera;

/// <summary>
/// Reads an observation that a person captured from a server: a JSON object of variables and values, or {"error":
/// NAME}, or the tab-separated output of the two SHOW statements. A line of a capture file is {"at": TIME, "variables":
/// {…}} or {"at": TIME, "error": NAME}.
/// </summary>
public static class CapturedObservation
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Reads one observation in either form.</summary>
    /// <exception cref="FormatException">The text has neither form; the message is one line for people.</exception>
    public static Observation Parse(string text) =>
        text.TrimStart().StartsWith('{') ? ParseJson(text, OfObject) : ParseTable(text);

    /// <summary>Reads one line of a capture file.</summary>
    /// <exception cref="FormatException">The line is not valid.</exception>
    public static (DateTimeOffset At, Observation Observation) ParseLine(string line) => ParseJson(line, OfLine);

    private static (DateTimeOffset At, Observation Observation) OfLine(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("at", out var at)
            || !DateTimeOffset.TryParse(at.ToString(), Invariant, DateTimeStyles.AssumeUniversal, out var time))
        {
            throw new FormatException("a captured line needs \"at\" with an ISO 8601 time");
        }

        return root.TryGetProperty("variables", out var variables) ? (time, OfObject(variables))
            : root.TryGetProperty("error", out _) ? (time, OfObject(root))
            : throw new FormatException("a captured line needs \"variables\" or \"error\" beside \"at\"");
    }

    private static Observation OfObject(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("an observation is a JSON object of variable and value");
        }

        if (element.TryGetProperty("error", out var error))
        {
            return ProbeErrors.Parse(error.ToString()) is { } known
                ? Observation.Failed(known)
                : throw new FormatException($"\"error\" is one of {string.Join(", ", ProbeErrors.All)}");
        }

        return ObservedVariable.ReadAnswer(
            element.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, Text(property))));
    }

    private static string? Text(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.String => property.Value.GetString(),
        JsonValueKind.Number => property.Value.GetRawText(),
        JsonValueKind.Null => null,
        _ => throw new FormatException(
            $"the value of {property.Name.ReplaceLineEndings(" ")} must be a string or a number"),
    };

    /// <summary>
    /// Reads lines of a name, a tab and a value. A header line is skipped like any name that is not used.
    /// </summary>
    private static Observation ParseTable(string text)
    {
        var rows = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.TrimEnd('\r').Split('\t', 2))
            .ToList();
        return rows.Count > 0 && rows.All(row => row.Length == 2)
            ? ObservedVariable.ReadAnswer(rows.Select(row => KeyValuePair.Create(row[0].Trim(), (string?)row[1])))
            : throw new FormatException("an observation is a JSON object, or lines of a variable, a tab and its value");
    }

    private static T ParseJson<T>(string text, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a string in it that is half of a surrogate pair.
            throw new FormatException($"the JSON cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
