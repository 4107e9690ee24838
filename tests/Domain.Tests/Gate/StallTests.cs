using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

/// <summary>What waited in the queue while the daemon stood still.</summary>
public sealed class StallTests
{
    [Fact]
    public void An_observation_from_before_a_stall_is_no_fitness_after_it()
    {
        var play = new Play()
            .See(0)
            .See(0.25)
            .Take(new Stalled(Given.Second(12), TimeSpan.FromSeconds(11)))
            .See(0.5)
            .See(12.1)
            .See(12.2)
            .See(12.3);

        Assert.Equal(GatePhase.Opening, play.State.Phase);
        Assert.Equal(GatePhase.Open, play.See(12.6).State.Phase);
    }

    [Fact]
    public void An_unfit_one_closes_all_the_same()
    {
        var play = new Play()
            .See(0)
            .See(0.25)
            .See(0.5)
            .Take(new Stalled(Given.Second(12), TimeSpan.FromSeconds(11)))
            .See(0.75, ("read_only", "ON"));

        Assert.Equal(GatePhase.Closed, play.State.Phase);
    }
}
