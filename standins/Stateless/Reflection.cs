namespace Stateless.Reflection;

/// <summary>What a machine is made of.</summary>
public sealed class StateMachineInfo
{
    internal StateMachineInfo(IEnumerable<StateInfo> states, StateInfo? initialState) => (States, InitialState) = (states, initialState);

    public IEnumerable<StateInfo> States { get; }

    public StateInfo? InitialState { get; }
}

/// <summary>One state and where its triggers lead.</summary>
public sealed class StateInfo
{
    internal StateInfo(object underlyingState) => UnderlyingState = underlyingState;

    public object UnderlyingState { get; }

    public IEnumerable<FixedTransitionInfo> FixedTransitions { get; internal set; } = [];

    public IEnumerable<IgnoredTransitionInfo> IgnoredTriggers { get; internal set; } = [];

    public override string ToString() => $"{UnderlyingState}";
}

/// <summary>What all transitions have.</summary>
public abstract class TransitionInfo
{
    private protected TransitionInfo(TriggerInfo trigger) => Trigger = trigger;

    public TriggerInfo Trigger { get; }
}

/// <summary>A transition whose destination is known when it is configured.</summary>
public sealed class FixedTransitionInfo : TransitionInfo
{
    internal FixedTransitionInfo(TriggerInfo trigger, StateInfo destinationState)
        : base(trigger) => DestinationState = destinationState;

    public StateInfo DestinationState { get; }
}

/// <summary>A trigger that changes nothing.</summary>
public sealed class IgnoredTransitionInfo : TransitionInfo
{
    internal IgnoredTransitionInfo(TriggerInfo trigger)
        : base(trigger)
    {
    }
}

public sealed class TriggerInfo
{
    internal TriggerInfo(object underlyingTrigger) => UnderlyingTrigger = underlyingTrigger;

    public object UnderlyingTrigger { get; }

    public override string ToString() => $"{UnderlyingTrigger}";
}
