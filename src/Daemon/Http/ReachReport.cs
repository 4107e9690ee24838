using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Http;

/// <summary>What <c>GET /reach</c> answers: what came of a connection to each port of the host that asks.</summary>
internal sealed record ReachReport(DateTimeOffset At, IReadOnlyDictionary<string, string> Ports);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(ReachReport))]
internal sealed partial class ReachJson : JsonSerializerContext;
