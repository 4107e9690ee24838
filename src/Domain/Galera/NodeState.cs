namespace GaleraGate.Domain.Galera;

/// <summary>
/// The states of a node that a client can tell apart. The last six are the provider's, numbered as wsrep_local_state;
/// the first two are ours.
/// </summary>
public enum NodeState
{
    /// <summary>Nothing can be told: no answer yet, an answer that cannot be read, or no Galera node.</summary>
    Unknown = -2,

    /// <summary>The server takes no connection.</summary>
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
    /// <summary>True for the states that the provider itself shows.</summary>
    public static bool IsProviders(this NodeState state) => state >= NodeState.Initialized;
}
