using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

public sealed class GateTransitionsTests
{
    [Fact]
    public void Only_fitness_that_lasted_and_an_adoption_lead_to_an_open_gate_from_a_closed_one()
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
    public void A_held_gate_answers_a_release_alone() =>
        Assert.Equal(
            [GateTrigger.Release],
            Enum.GetValues<GateTrigger>()
                .Where(trigger => GateTransitions.Table.Next(GatePhase.Held, trigger) != GatePhase.Held));

    [Fact]
    public void A_table_that_leaves_a_pair_unanswered_fails_when_it_is_made() =>
        Assert.Throws<InvalidOperationException>(() => new TransitionTable<GatePhase, GateTrigger>(
            machine => machine.Configure(GatePhase.Open).Ignore(GateTrigger.Fit)));
}
