namespace GaleraGate.Domain.Gate;

/// <summary>What clients meet: they get through while the phase is Open or Closing.</summary>
public enum GatePhase
{
    Closed,

    /// <summary>Closed, and the node has begun to be fit.</summary>
    Opening,

    Open,

    /// <summary>Open, and the node has begun to be unfit for a debounced reason.</summary>
    Closing,

    /// <summary>Closed by an operator until he releases it.</summary>
    Held,
}

public static class GatePhases
{
    public static bool LetsTrafficIn(this GatePhase phase) => phase is GatePhase.Open or GatePhase.Closing;
}
