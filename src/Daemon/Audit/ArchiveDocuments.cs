using System.Globalization;
using System.Text.Json.Serialization;
using GaleraGate.Infrastructure.Archive;

namespace GaleraGate.Daemon.Audit;

/// <summary>What the archive has of a node, as <c>archive status --json</c> prints it.</summary>
/// <param name="Events">How many.</param>
/// <param name="Last">When the last of them happened.</param>
/// <param name="Aside">The streams of it that <c>archive reconcile</c> set aside.</param>
/// <param name="ReadModels">Up to which of its events the read models go; the events after it are read.</param>
internal sealed record StreamDocument(
    string Cluster, string Node, long Events, string? Last, IEnumerable<string> Aside, long ReadModels)
{
    public static StreamDocument Of(ArchivedStream stream, IReadOnlyList<string> aside, long readModels) => new(
        stream.Cluster,
        stream.Node,
        stream.Events,
        stream.Last?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        aside.Where(one => ArchiveAside.IsOf(one, stream.Stream)),
        readModels);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StreamDocument))]
internal sealed partial class ArchiveJson : JsonSerializerContext;
