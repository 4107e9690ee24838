using System.Globalization;
using System.Text.Json.Serialization;
using GaleraGate.Infrastructure.Archive;

namespace GaleraGate.Daemon.Audit;

/// <summary>A node in the archive, as <c>archive status --json</c> prints it.</summary>
/// <param name="Events">How many.</param>
/// <param name="Last">When the last of them happened.</param>
/// <param name="Aside">Its streams that <c>archive reconcile</c> set aside.</param>
/// <param name="ReadModels">The last of its events that the read models cover; queries read the later ones.</param>
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
