using System.Collections.Immutable;

namespace GaleraGate.Domain.Galera;

/// <summary>The server's role.</summary>
public enum ServerMode
{
    /// <summary>A node of a Galera cluster.</summary>
    Galera,

    /// <summary>
    /// A replica. If the replica is itself a Galera node, both the node and its replication are judged.
    /// </summary>
    Replica,
}

/// <summary>The options for fitness.</summary>
public sealed record FitnessPolicy
{
    public ServerMode Mode { get; init; }

    /// <summary>How far a replica may lag; judged only in replica mode.</summary>
    public TimeSpan MaxLag { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The transfer methods whose donor keeps serving. Names must match exactly.</summary>
    public SstMethods NonblockingSstMethods { get; init; } = SstMethods.Default;

    /// <summary>A donor that blocks is fit while every other known gate is closed.</summary>
    public bool LastResortDonor { get; init; }

    /// <summary>
    /// How long a replica stays fit after its source was lost, if it lagged little; judged only in replica mode.
    /// </summary>
    public TimeSpan ReplicaGrace { get; init; }

    /// <summary>A read-only server still counts as fit.</summary>
    public bool AvailableWhenReadOnly { get; init; }

    /// <summary>A node desynced by hand (wsrep_desync ON) is unfit.</summary>
    public bool CloseWhenDesynced { get; init; }

    /// <summary>Marks for wsrep_local_recv_queue, in write sets; null to ignore it.</summary>
    public Marks? ReceiveQueue { get; init; }

    /// <summary>Marks for wsrep_flow_control_paused, a fraction from 0 to 1; null to ignore it.</summary>
    public Marks? FlowControl { get; init; }
}

/// <summary>A reason starts to hold above High and holds until the value is below Low.</summary>
public readonly record struct Marks(double High, double Low);

/// <summary>A set of state transfer methods that compares by value.</summary>
public sealed class SstMethods(IEnumerable<string> names) : IEquatable<SstMethods>
{
    private readonly ImmutableSortedSet<string> _names = names.ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>Exactly xtrabackup and xtrabackup-v2.</summary>
    public static SstMethods Default { get; } = new(["xtrabackup", "xtrabackup-v2"]);

    /// <summary>Reads names separated by commas.</summary>
    public static SstMethods Parse(string list) =>
        new(list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    public bool Contain(string? method) => method is not null && _names.Contains(method);

    public bool Equals(SstMethods? other) => other is not null && _names.SetEquals(other._names);

    public override bool Equals(object? obj) => Equals(obj as SstMethods);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => string.Join(',', _names);
}
