using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Http;

/// <summary>The answer of <c>GET /reach</c>: the result of a connection to each port of the requesting host.</summary>
internal sealed record ReachReport(DateTimeOffset At, IReadOnlyDictionary<string, string> Ports)
{
    /// <summary>
    /// For <c>/reach?gate</c>, otherwise missing: what a client on this node experiences at the requesting host's gate.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Gate { get; init; }

    /// <summary>The gate port that was tried: this node's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ushort GatePort { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(ReachReport))]
internal sealed partial class ReachJson : JsonSerializerContext;
