namespace GaleraGate.Domain.Gate;

/// <summary>
/// What moves the gate. The decider determines which trigger a signal is; <see cref="GateTransitions"/> determines the
/// phase that follows.
/// </summary>
public enum GateTrigger
{
    /// <summary>A fit observation; rise or open-after has not been reached.</summary>
    Fit,

    /// <summary>A fit observation; rise and open-after have been reached.</summary>
    FitLongEnough,

    /// <summary>A debounced unfit observation; fall or close-after has not been reached.</summary>
    Unfit,

    /// <summary>A debounced unfit observation; fall and close-after have been reached.</summary>
    UnfitLongEnough,

    /// <summary>An unfit observation with an immediate reason.</summary>
    UnfitAtOnce,

    /// <summary>The redirect of the opening from before the restart was found in place.</summary>
    Adopt,

    /// <summary>The lease expired: clients are refused already.</summary>
    Lapse,

    Hold,
    Release,
    Stop,
}
