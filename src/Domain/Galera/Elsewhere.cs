namespace GaleraGate.Domain.Galera;

/// <summary>What is known of the other gates of the cluster, as one variable of an observation.</summary>
public static class Elsewhere
{
    /// <summary>The variable's name.</summary>
    public const string Variable = "other_gates";

    /// <summary>Every one of them is closed, and it is this node's turn to open.</summary>
    public const string Closed = "closed";

    /// <summary>Every one of them is closed, and another node goes first.</summary>
    public const string Waits = "closed, another node goes first";

    /// <summary>One of them is open.</summary>
    public const string Open = "open";

    /// <summary>One of them did not answer, or the other nodes are not known. That is not closed.</summary>
    public const string Unknown = "unknown";
}
