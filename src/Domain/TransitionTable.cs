using System.Collections.Frozen;
using Stateless;
using Stateless.Reflection;

namespace GaleraGate.Domain;

/// <summary>
/// A Stateless machine, walked once over all pairs of state and trigger and then used as a lookup table: total, free of
/// side effects, thread-safe.
/// </summary>
public sealed class TransitionTable<TState, TTrigger>
    where TState : struct, Enum
    where TTrigger : struct, Enum
{
    private readonly FrozenDictionary<(TState, TTrigger), TState> _next;

    /// <param name="configure">Configures the machine with Permit and Ignore only.</param>
    /// <exception cref="InvalidOperationException">A pair is not configured: the machine is incomplete and must not
    /// run.</exception>
    public TransitionTable(Action<StateMachine<TState, TTrigger>> configure)
    {
        var state = default(TState);
        var machine = new StateMachine<TState, TTrigger>(() => state, next => state = next);
        configure(machine);
        var walked = new Dictionary<(TState, TTrigger), TState>();
        foreach (var from in Enum.GetValues<TState>())
        {
            foreach (var trigger in Enum.GetValues<TTrigger>())
            {
                state = from;
                if (!machine.CanFire(trigger))
                {
                    throw new InvalidOperationException($"{typeof(TState).Name} {from} has no answer to {trigger}");
                }

                machine.Fire(trigger);
                walked[(from, trigger)] = state;
            }
        }

        _next = walked.ToFrozenDictionary();
        Info = machine.GetInfo();
    }

    /// <summary>The machine as Stateless describes it, for diagrams.</summary>
    public StateMachineInfo Info { get; }

    /// <summary>The state that follows; the same state if the trigger is ignored.</summary>
    public TState Next(TState state, TTrigger trigger) => _next[(state, trigger)];
}
