using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Connections;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Control;

/// <summary>Facts that do not change while the daemon runs.</summary>
internal sealed record DaemonFacts
{
    public required ushort GatePort { get; init; }

    public required ushort ServerPort { get; init; }

    public required bool DryRun { get; init; }

    /// <summary>Where the server is, for people.</summary>
    public required string Server { get; init; }

    public required TimeSpan CheckInterval { get; init; }

    /// <summary>The journal's directory.</summary>
    public required string Journal { get; init; }

    /// <summary>Why there is no lease; null if there is one.</summary>
    public required string? NoLease { get; init; }

    /// <summary>Null for a dry run.</summary>
    public FirewallReport? Firewall { get; init; }

    /// <summary>The directory of the data disk probe; null if the disk is not probed.</summary>
    public required string? DiskProbe { get; init; }

    /// <summary>Null if no archive is configured.</summary>
    public required ShippedStream? Shipped { get; init; }

    /// <summary>Null for a dry run.</summary>
    public required IConnections? Connections { get; init; }

    public required OtherGates Others { get; init; }
}

/// <summary>The node's stream in the archive, and the progress of shipping.</summary>
internal sealed record ShippedStream(string Name, Func<ShipReport> Report);
