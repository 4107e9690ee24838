using Stateless.Reflection;

namespace Stateless;

/// <summary>The part of Stateless that GaleraGate uses: permitted and ignored triggers over state kept by the caller.</summary>
public sealed class StateMachine<TState, TTrigger>
    where TState : notnull
    where TTrigger : notnull
{
    private readonly Func<TState> _read;
    private readonly Action<TState> _write;
    private readonly Dictionary<TState, StateConfiguration> _configurations = [];

    /// <summary>A machine whose state lives with the caller.</summary>
    public StateMachine(Func<TState> stateAccessor, Action<TState> stateMutator)
    {
        _read = stateAccessor;
        _write = stateMutator;
    }

    public TState State => _read();

    /// <summary>Begins or continues the configuration of one state.</summary>
    public StateConfiguration Configure(TState state)
    {
        if (!_configurations.TryGetValue(state, out var configuration))
        {
            _configurations[state] = configuration = new StateConfiguration(state);
        }

        return configuration;
    }

    /// <summary>True if the trigger is permitted or ignored in the present state.</summary>
    public bool CanFire(TTrigger trigger) => Answer(trigger) is not null;

    /// <summary>Moves as configured.</summary>
    /// <exception cref="InvalidOperationException">The state has no answer to the trigger, or more than one.</exception>
    public void Fire(TTrigger trigger)
    {
        var answer = Answer(trigger) ?? throw new InvalidOperationException(
            $"No valid leaving transitions are permitted from state '{State}' for trigger '{trigger}'. Consider ignoring the trigger.");
        if (answer.Moves)
        {
            _write(answer.Destination);
        }
    }

    /// <summary>The machine as configured, in the order of its configuration; destinations that are not configured themselves come last.</summary>
    public StateMachineInfo GetInfo()
    {
        var destinations = _configurations.Values.SelectMany(configuration => configuration.Rows).Where(row => row.Answer.Moves).Select(row => row.Answer.Destination);
        var states = _configurations.Keys.Concat(destinations).Distinct().ToDictionary(state => state, state => new StateInfo(state));
        foreach (var (state, configuration) in _configurations)
        {
            states[state].FixedTransitions =
                [.. configuration.Rows.Where(row => row.Answer.Moves).Select(row => new FixedTransitionInfo(new TriggerInfo(row.Trigger), states[row.Answer.Destination]))];
            states[state].IgnoredTriggers = [.. configuration.Rows.Where(row => !row.Answer.Moves).Select(row => new IgnoredTransitionInfo(new TriggerInfo(row.Trigger)))];
        }

        return new StateMachineInfo(states.Values, states.GetValueOrDefault(State));
    }

    private StateAnswer? Answer(TTrigger trigger)
    {
        var answers = _configurations.TryGetValue(State, out var configuration) ? configuration.AnswersTo(trigger) : [];
        return answers.Count > 1
            ? throw new InvalidOperationException(
                $"Multiple permitted exit transitions are configured from state '{State}' for trigger '{trigger}'. Guard clauses must be mutually exclusive.")
            : answers.FirstOrDefault();
    }

    internal sealed record StateAnswer(bool Moves, TState Destination);

    /// <summary>What one state answers to each trigger.</summary>
    public sealed class StateConfiguration
    {
        private readonly TState _state;
        private readonly Dictionary<TTrigger, List<StateAnswer>> _answers = [];

        internal StateConfiguration(TState state) => _state = state;

        /// <summary>The trigger leads to another state.</summary>
        /// <exception cref="ArgumentException">The destination is the state itself.</exception>
        public StateConfiguration Permit(TTrigger trigger, TState destinationState) =>
            EqualityComparer<TState>.Default.Equals(destinationState, _state)
                ? throw new ArgumentException(
                    "Permit() (and PermitIf()) require that the destination state is not equal to the source state. To accept a trigger without changing state, use either Ignore() or PermitReentry().",
                    nameof(destinationState))
                : Add(trigger, new StateAnswer(true, destinationState));

        /// <summary>The trigger is accepted and changes nothing.</summary>
        public StateConfiguration Ignore(TTrigger trigger) => Add(trigger, new StateAnswer(false, _state));

        private StateConfiguration Add(TTrigger trigger, StateAnswer answer)
        {
            if (!_answers.TryGetValue(trigger, out var answers))
            {
                _answers[trigger] = answers = [];
            }

            answers.Add(answer);
            return this;
        }

        internal IEnumerable<(TTrigger Trigger, StateAnswer Answer)> Rows => _answers.SelectMany(row => row.Value.Select(answer => (row.Key, answer)));

        internal List<StateAnswer> AnswersTo(TTrigger trigger) => _answers.GetValueOrDefault(trigger) ?? [];
    }
}
