using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Fleet;

/// <summary>One node: a row of <c>galeragate fleet</c>. docs/http.md describes each field.</summary>
internal sealed record FleetNode
{
    public const string OfDaemon = "daemon";
    public const string OfHttp = "http";
    public const string OfArchive = "archive";
    public const string OfNothing = "nothing";

    public const string NotKnown = "not known";

    /// <summary>Its name; its address if the name is unknown.</summary>
    public required string Node { get; init; }

    /// <summary>The address that was asked; null for this node, and for one that only the archive knows.</summary>
    public string? Address { get; init; }

    /// <summary>closed, opening, open, closing, held, or not known.</summary>
    public string Gate { get; init; } = NotKnown;

    /// <summary>Clients get through, as the node itself reports now; null if it does not answer.</summary>
    public bool? Open { get; init; }

    public string? State { get; init; }

    public string? Why { get; init; }

    public DateTimeOffset? Since { get; init; }

    public double? Seconds { get; init; }

    public string? WhatNow { get; init; }

    public long? ReceiveQueue { get; init; }

    /// <summary>Only for a replica.</summary>
    public long? LagSeconds { get; init; }

    public long? Clients { get; init; }

    /// <summary>That an open gate has let no client of another host through; null if it has, or if unknown.</summary>
    public string? Outside { get; init; }

    /// <summary>Unplanned closings in the last hour.</summary>
    public long? ClosedLastHour { get; init; }

    /// <summary>The age of its newest information; null if none.</summary>
    public double? Age { get; init; }

    /// <summary>daemon (this host's), http, archive, or nothing.</summary>
    public required string From { get; init; }

    /// <summary>Why the node itself did not answer; null if it did.</summary>
    public string? Trouble { get; init; }
}

/// <summary>Every node of the cluster.</summary>
/// <param name="Open">How many gates are open, of those that answer.</param>
/// <param name="Notes">Sources that could not be read.</param>
internal sealed record FleetReport(
    DateTimeOffset At, int Open, IReadOnlyList<FleetNode> Nodes, IReadOnlyList<string> Notes)
{
    /// <summary>The exit code: 0 all are open, 1 some, 4 none.</summary>
    [JsonIgnore]
    public int ExitCode => Open == 0 ? 4 : Open == Nodes.Count ? 0 : 1;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(FleetReport))]
internal sealed partial class FleetJson : JsonSerializerContext;
