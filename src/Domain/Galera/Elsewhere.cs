namespace GaleraGate.Domain.Galera;

/// <summary>The state of the cluster's other gates, as one variable of an observation.</summary>
public static class Elsewhere
{
    /// <summary>The variable's name.</summary>
    public const string Variable = "other_gates";

    /// <summary>Every other gate is closed, and it is this node's turn to open.</summary>
    public const string Closed = "closed";

    /// <summary>Every other gate is closed, and another node goes first.</summary>
    public const string Waits = "closed, another node goes first";

    /// <summary>At least one other gate is open.</summary>
    public const string Open = "open";

    /// <summary>Another gate did not answer, or the other nodes are not known. That does not count as closed.</summary>
    public const string Unknown = "unknown";
}
