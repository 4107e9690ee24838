namespace GaleraGate.Domain.Galera;

/// <summary>
/// The states of a node that a client can distinguish. The last six are the provider's, numbered as wsrep_local_state;
/// the first two are our own.
/// </summary>
public enum NodeState
{
    /// <summary>No state is known: no answer yet, an answer that cannot be read, or not a Galera node.</summary>
    Unknown = -2,

    /// <summary>The server accepts no connection.</summary>
    Unreachable = -1,

    Initialized = 0,
    Joining = 1,
    Donor = 2,
    Joined = 3,
    Synced = 4,
    Inconsistent = 5,
}

public static class NodeStates
{
    /// <summary>True for the provider's own states.</summary>
    public static bool IsProviders(this NodeState state) => state >= NodeState.Initialized;
}
