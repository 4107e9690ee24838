using System.Text.Json;

namespace GaleraGate.Lab;

/// <summary>What the long runs ask of an event in a journal, read as JSON and not with the daemon's code.</summary>
internal static class RecordedEvent
{
    /// <summary>A field of the event's data; empty if it has none of this name.</summary>
    public static string Field(this JsonElement recorded, string name) =>
        recorded.GetProperty("data").TryGetProperty(name, out var value) ? value.ToString() : "";

    /// <summary>A change of the node's state that Galera never makes.</summary>
    public static bool IsAnomalous(this JsonElement recorded) => recorded.Field("class") == "Anomalous";

    /// <summary>The probe could not read an answer of the server.</summary>
    public static bool IsUnrecognized(this JsonElement recorded) =>
        recorded.ToString().Contains("\"unrecognized\"", StringComparison.Ordinal);
}
