using System.Text.Json.Serialization;

namespace GaleraGate.Daemon.Firewall;

/// <summary>One way to one port.</summary>
/// <param name="Port">0 if it is about the whole host.</param>
/// <param name="Direction">to the peer, or from it.</param>
/// <param name="Reached">OK, nothing listens, blocked, or not known; too large for packets above the path's MTU, apart
/// for clocks that differ.</param>
/// <param name="Rule">The rule that blocks it, if it is on this host.</param>
internal sealed record PathReport(
    string Peer, ushort Port, string Purpose, string Direction, string Reached, string? Rule, string? Advice)
{
    /// <summary>The peer's address that was tried; null if its name has none.</summary>
    public string? Address { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<PathReport>))]
internal sealed partial class PathJson : JsonSerializerContext;
