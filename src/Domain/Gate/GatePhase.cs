namespace GaleraGate.Domain.Gate;

/// <summary>The gate's phase. Clients get through while it is Open or Closing.</summary>
public enum GatePhase
{
    Closed,

    /// <summary>Closed, but the node has begun to be fit.</summary>
    Opening,

    Open,

    /// <summary>Open, but the node has begun to be unfit for a debounced reason.</summary>
    Closing,

    /// <summary>Held closed by an operator until the hold is released.</summary>
    Held,
}

public static class GatePhases
{
    public static bool LetsTrafficIn(this GatePhase phase) => phase is GatePhase.Open or GatePhase.Closing;
}
