using System.Text.Json.Serialization;
using GaleraGate.Domain.Audit;

namespace GaleraGate.Infrastructure.Json;

/// <summary>Closures, samples and the folds behind them, as stored in derived files.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(SecondsConverter), typeof(InstantConverter)])]
[JsonSerializable(typeof(Closure))]
[JsonSerializable(typeof(ClosureState))]
[JsonSerializable(typeof(Sample))]
[JsonSerializable(typeof(RecordState))]
internal sealed partial class ClosureJson : JsonSerializerContext;
