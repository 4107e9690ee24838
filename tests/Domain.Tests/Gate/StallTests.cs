using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

/// <summary>What waited in the queue while the daemon was stopped or suspended.</summary>
public sealed class StallTests
{
    [Fact]
    public void An_observation_from_before_a_stall_does_not_count_as_fit()
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
    public void An_unfit_observation_from_before_a_stall_still_closes_the_gate()
    {
        var play = new Play()
            .See(0)
            .See(0.25)
            .See(0.5)
            .Take(new Stalled(Given.Second(12), TimeSpan.FromSeconds(11)))
            .See(0.75, ("read_only", "ON"));

        Assert.Equal(GatePhase.Closed, play.State.Phase);
    }

    /// <summary>The daemon was suspended during an opening through which no client had come in yet.</summary>
    [Fact]
    public void A_stall_withdraws_an_opening_that_waits_for_the_disk_but_not_one_in_use()
    {
        var stall = new Stalled(Given.Second(12), TimeSpan.FromSeconds(11));
        var waiting = new Play().See(0).See(0.25).See(0.5).Take(stall);
        var used = new Play().See(0).See(0.25).See(0.5).Synced(0.6).Take(stall);

        var closed = waiting.Events[^1];
        Assert.Equal(("lease-lapsed", false), (((GateClosed)closed.Event).Reason, ((GateClosed)closed.Event).Planned));
        Assert.IsType<LoopStalled>(waiting.Events.Single(one => one.Seq == closed.Cause).Event);
        Assert.Equal(GatePhase.Open, waiting.Synced(12).See(12.1).See(12.4).See(12.7).State.Phase);
        Assert.Equal(GatePhase.Open, used.State.Phase);
    }
}
