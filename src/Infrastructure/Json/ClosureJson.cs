using System.Text.Json.Serialization;
using GaleraGate.Domain.Audit;

namespace GaleraGate.Infrastructure.Json;

/// <summary>How things stood with a node's gate after an event.</summary>
/// <param name="Node">The node, as that event names it.</param>
/// <param name="Seq">The event.</param>
public sealed record ClosureState(string Node, long Seq, ClosureFold Fold);

/// <summary>Closures and what they are folded from, as derived files have them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(SecondsConverter), typeof(InstantConverter)])]
[JsonSerializable(typeof(Closure))]
[JsonSerializable(typeof(ClosureState))]
internal sealed partial class ClosureJson : JsonSerializerContext;
