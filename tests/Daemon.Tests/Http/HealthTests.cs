using GaleraGate.Daemon.Http;
using GaleraGate.Daemon.Loop;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Time.Testing;

namespace GaleraGate.Daemon.Tests.Http;

/// <summary>The answer to a check when the loop hangs; the other answers are tested with a real daemon.</summary>
public sealed class HealthTests
{
    private static readonly TimeSpan HangsAfter = TimeSpan.FromSeconds(7);

    private static readonly FakeTimeProvider Time = new();

    private readonly Clock _clock = new(Time, () => TimeSpan.FromTicks(Time.GetTimestamp()), "boot");

    [Theory]
    [InlineData("/")]
    [InlineData("/gate")]
    [InlineData("/ready")]
    [InlineData("/live")]
    public void A_hanging_loops_last_snapshot_no_longer_counts(string path)
    {
        Assert.True(Ask(path, observedAgo: 1)!.Value.IsGood);

        var hung = Ask(path, observedAgo: 8)!.Value;
        Assert.False(hung.IsGood);
        Assert.Matches(@"^n1: the daemon hangs: its last observation is 8\.0 s old$", hung.Words);
    }

    [Fact]
    public void An_unknown_path_is_not_a_check() => Assert.Null(Ask("/metrics", 1));

    [Fact]
    public void A_gate_that_waits_for_the_journals_disk_is_not_reported_open()
    {
        var waits = Ask("/gate", observedAgo: 1, synced: 0)!.Value;

        Assert.False(waits.IsGood);
        Assert.Equal("n1: gate open (waits for the journal's disk), node fit: synced", waits.Words);
        Assert.True(Ask("/ready", observedAgo: 1, synced: 0)!.Value.IsGood);
    }

    private HealthAnswer? Ask(string path, double observedAgo, long synced = 1)
    {
        var now = _clock.Now();
        var fit = new Verdict(Reasons.None, NodeState.Synced);
        var state = new GateState { Phase = GatePhase.Open, Opened = 1, Verdict = fit };
        var memory = new GateMemory("n1", Policy.Default)
        {
            Synced = synced,
            ObservedAt = now with { Monotonic = now.Monotonic - TimeSpan.FromSeconds(observedAgo) },
        };
        return new Health(new LatestSnapshot(new Snapshot(state, memory, new Standing())), _clock, HangsAfter).Of(path);
    }
}
