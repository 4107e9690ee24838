namespace GaleraGate.Domain.Gate;

/// <summary>
/// What moves the gate. The decider works out which of these a signal is; <see cref="GateTransitions"/> says where it
/// leads.
/// </summary>
public enum GateTrigger
{
    /// <summary>A fit observation, and rise or open-after is not reached.</summary>
    Fit,

    /// <summary>A fit observation with which rise and open-after are reached.</summary>
    FitLongEnough,

    /// <summary>A debounced unfit observation, and fall or close-after is not reached.</summary>
    Unfit,

    /// <summary>A debounced unfit observation with which fall and close-after are reached.</summary>
    UnfitLongEnough,

    /// <summary>An unfit observation with an immediate reason.</summary>
    UnfitAtOnce,

    /// <summary>The redirect of the opening before the restart was found in place.</summary>
    Adopt,

    /// <summary>The lease ended: clients are refused already.</summary>
    Lapse,

    Hold,
    Release,
    Stop,
}
