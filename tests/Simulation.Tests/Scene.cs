namespace GaleraGate.Simulation.Tests;

/// <summary>Which backend the daemons of a world use.</summary>
public enum Backends
{
    Iptables,
    Nftables,

    /// <summary>Either, and a host's next daemon may use the other one.</summary>
    Mixed,
}

/// <summary>
/// What a world has beside a cluster and its hosts. Whatever it has takes its randomness from a source of its own, so
/// the faults of a seed are the same with it and without.
/// </summary>
public sealed record Scene(Backends Backends = Backends.Iptables)
{
    /// <summary>Each journal is shipped to an archive, which fails in every way.</summary>
    public bool Ships { get; init; }

    /// <summary>The daemon's probe asks through a connection with the connector's rules.</summary>
    public bool Connects { get; init; }

    /// <summary>What is met at the other nodes' gates is not always true.</summary>
    public bool PeersLie { get; init; }

    /// <summary>Other programs put back rules and sets that were saved while the gate was open.</summary>
    public bool Restores { get; init; }

    public static Scene WithAll(Backends backends) => new(backends)
    {
        Ships = true,
        Connects = true,
        PeersLie = true,
        Restores = true,
    };
}
