using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Http;

/// <summary>What <c>GET /reach</c> answers: what came of a connection to each port of the host that asks.</summary>
internal sealed record ReachReport(DateTimeOffset At, IReadOnlyDictionary<string, string> Ports)
{
    /// <summary>
    /// For <c>/reach?gate</c>, and missing else: what a client on this node meets at the gate of the host that asks.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Gate { get; init; }

    /// <summary>The gate's port that was knocked at: this node's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ushort GatePort { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(ReachReport))]
internal sealed partial class ReachJson : JsonSerializerContext;
