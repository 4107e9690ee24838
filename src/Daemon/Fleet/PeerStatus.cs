using System.Globalization;
using System.Text.Json;
using GaleraGate.Daemon.Control;

namespace GaleraGate.Daemon.Fleet;

/// <summary>
/// Parses a node's answer to <c>/status</c>, of any version. Another host may send anything: unexpected values become
/// unknown, text is shortened and stripped of control characters, and implausible numbers are ignored.
/// </summary>
internal static class PeerStatus
{
    private const int LongestName = 64;
    private const int LongestText = 300;
    private const double MostSeconds = 1e9;

    /// <summary>Null if it is not a status.</summary>
    public static FleetNode? Read(ReadOnlyMemory<byte> answer, string from, string? address)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return Read(document.RootElement, from, address);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or half of a surrogate pair in a name.
            return null;
        }
    }

    private static FleetNode? Read(JsonElement status, string from, string? address)
    {
        var (gate, phase) = (In(status, "gate"), Text(In(status, "gate", "phase"), LongestName));
        var seconds = Number(In(gate, "seconds"), MostSeconds);
        return Text(In(status, "node"), LongestName) is not { Length: > 0 } name
            || phase is not ("closed" or "opening" or "open" or "closing" or "held")
            ? null
            : new FleetNode
            {
                Node = name,
                Address = address,
                Gate = phase,
                Open = phase is "open" or "closing",
                State = Text(In(status, "nodeState", "state"), LongestName),
                Why = Text(In(gate, "why"), LongestText) ?? Text(In(status, "verdict", "reason"), LongestText),
                Since = In(gate, "since") is { ValueKind: JsonValueKind.String } since
                    && since.TryGetDateTimeOffset(out var time) ? time : null,
                Seconds = seconds,
                WhatNow = Text(In(gate, "whatNow"), LongestText) ?? Text(In(gate, "next"), LongestText),
                ReceiveQueue = Digits(In(status, "variables", "wsrep_local_recv_queue")),
                LagSeconds = Digits(In(status, "variables", "replica_lag")),
                Clients = (long?)Number(In(status, "clients", "through"), int.MaxValue),
                Outside = phase == "open" ? Outside(In(status, "outside"))?.Notable(seconds ?? 0) : null,
                ClosedLastHour = (long?)Number(In(gate, "closedLastHour"), int.MaxValue),
                Age = 0,
                From = from,
            };
    }

    private static OutsideReport? Outside(JsonElement outside) =>
        Number(In(outside, "watched"), MostSeconds) is { } watched
            ? new OutsideReport(watched) { By = Text(In(outside, "by"), LongestName) }
            : null;

    /// <summary>A nested element; empty if any part is missing.</summary>
    private static JsonElement In(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return default;
            }
        }

        return element;
    }

    /// <summary>One line that is safe for terminals and pages.</summary>
    private static string? Text(JsonElement element, int longest)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? Plain(element.GetString()!, longest) : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return null;
        }
    }

    /// <summary>Shortened, without control characters and without characters that change the text direction.</summary>
    public static string Plain(string text, int longest = LongestText)
    {
        var plain = string.Concat(text.Take(longest).Select(c => IsShown(c) ? c : '·'));
        return text.Length > longest ? plain + "…" : plain;
    }

    private static bool IsShown(char c) => char.GetUnicodeCategory(c) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static double? Number(JsonElement element, double most) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out var number) && number >= 0
            ? Math.Min(number, most)
            : null;

    private static long? Digits(JsonElement element) =>
        element.ValueKind == JsonValueKind.String
        && long.TryParse(Text(element, LongestName), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
