using Stateless;

namespace GaleraGate.PackageContracts.Tests;

public sealed class StatelessContract
{
    private enum State
    {
        Off,
        On,
    }

    private enum Trigger
    {
        Press,
        Look,
        Break,
    }

    private State _state = State.Off;

    [Fact]
    public void A_permitted_trigger_moves_the_state_that_the_caller_keeps()
    {
        var machine = Machine();

        machine.Fire(Trigger.Press);

        Assert.Equal((State.On, State.On), (_state, machine.State));
    }

    [Fact]
    public void An_ignored_trigger_can_be_fired_and_changes_nothing()
    {
        var machine = Machine();

        Assert.True(machine.CanFire(Trigger.Look));
        machine.Fire(Trigger.Look);

        Assert.Equal(State.Off, _state);
    }

    [Fact]
    public void An_unanswered_trigger_cannot_be_fired_and_throws()
    {
        var machine = Machine();

        Assert.False(machine.CanFire(Trigger.Break));
        Assert.Throws<InvalidOperationException>(() => machine.Fire(Trigger.Break));
    }

    [Fact]
    public void A_machine_tells_its_states_where_their_triggers_lead_and_what_they_ignore()
    {
        var info = Machine().GetInfo();

        Assert.Equal(["Off", "On"], info.States.Select(state => $"{state.UnderlyingState}").Order());
        var off = info.States.Single(state => state.UnderlyingState.Equals(State.Off));
        Assert.Equal((Trigger.Press, State.On), off.FixedTransitions.Select(to => ((Trigger)to.Trigger.UnderlyingTrigger, (State)to.DestinationState.UnderlyingState)).Single());
        Assert.Equal(Trigger.Look, off.IgnoredTriggers.Single().Trigger.UnderlyingTrigger);
        Assert.Equal(State.Off, info.InitialState!.UnderlyingState);
    }

    [Fact]
    public void A_state_without_configuration_answers_nothing()
    {
        _state = State.On;

        Assert.False(Machine().CanFire(Trigger.Press));
    }

    [Fact]
    public void Permitting_a_state_itself_throws_when_configured() =>
        Assert.Throws<ArgumentException>(() => Machine().Configure(State.Off).Permit(Trigger.Break, State.Off));

    [Fact]
    public void A_trigger_permitted_twice_throws_when_fired()
    {
        var machine = Machine();
        machine.Configure(State.Off).Permit(Trigger.Press, State.On);

        Assert.Throws<InvalidOperationException>(() => machine.Fire(Trigger.Press));
    }

    private StateMachine<State, Trigger> Machine()
    {
        var machine = new StateMachine<State, Trigger>(() => _state, state => _state = state);
        machine.Configure(State.Off).Permit(Trigger.Press, State.On).Ignore(Trigger.Look);
        return machine;
    }
}
