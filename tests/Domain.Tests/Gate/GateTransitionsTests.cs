using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

public sealed class GateTransitionsTests
{
    [Fact]
    public void A_closed_gate_opens_only_after_lasting_fitness_or_an_adoption()
    {
        var leading = from phase in Enum.GetValues<GatePhase>()
                      where !phase.LetsTrafficIn()
                      from trigger in Enum.GetValues<GateTrigger>()
                      where GateTransitions.Table.Next(phase, trigger).LetsTrafficIn()
                      select trigger;

        Assert.Equal([GateTrigger.FitLongEnough, GateTrigger.Adopt], leading.Distinct());
    }

    [Theory]
    [InlineData(GateTrigger.UnfitAtOnce)]
    [InlineData(GateTrigger.UnfitLongEnough)]
    [InlineData(GateTrigger.Hold)]
    [InlineData(GateTrigger.Stop)]
    public void What_closes_a_gate_closes_it_from_every_phase(GateTrigger trigger) =>
        Assert.All(
            Enum.GetValues<GatePhase>(),
            phase => Assert.False(GateTransitions.Table.Next(phase, trigger).LetsTrafficIn()));

    [Fact]
    public void A_held_gate_reacts_only_to_a_release() =>
        Assert.Equal(
            [GateTrigger.Release],
            Enum.GetValues<GateTrigger>()
                .Where(trigger => GateTransitions.Table.Next(GatePhase.Held, trigger) != GatePhase.Held));

    [Fact]
    public void A_transition_table_answers_every_pair_of_state_and_trigger()
    {
        var table = new TransitionTable<Lamp, Press>(machine =>
        {
            machine.Configure(Lamp.Off).Permit(Press.Toggle, Lamp.On).Ignore(Press.Dim);
            machine.Configure(Lamp.On).Permit(Press.Toggle, Lamp.Off).Permit(Press.Dim, Lamp.Off);
        });

        Assert.Equal(
            [Lamp.On, Lamp.Off, Lamp.Off, Lamp.Off],
            from lamp in Enum.GetValues<Lamp>() from press in Enum.GetValues<Press>() select table.Next(lamp, press));
    }

    [Fact]
    public void A_transition_table_with_a_missing_pair_names_it_when_it_is_built()
    {
        var incomplete = Assert.Throws<InvalidOperationException>(() => new TransitionTable<Lamp, Press>(machine =>
        {
            machine.Configure(Lamp.Off).Permit(Press.Toggle, Lamp.On).Ignore(Press.Dim);
            machine.Configure(Lamp.On).Permit(Press.Toggle, Lamp.Off);
        }));

        Assert.Equal("Lamp On has no answer to Dim", incomplete.Message);
    }

    private enum Lamp
    {
        Off,
        On,
    }

    private enum Press
    {
        Toggle,
        Dim,
    }
}
