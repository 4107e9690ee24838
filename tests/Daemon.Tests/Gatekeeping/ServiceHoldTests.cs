using GaleraGate.Daemon.Control;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Tests.Gatekeeping;

public sealed class ServiceHoldTests
{
    private static readonly HoldInForce Hold = new(Holds.Service, "root", "it stops", At(100, "a"));

    [Theory]
    [InlineData(160, "a", "5000", NodeState.Synced, Reasons.Held, false)] // it has not stopped yet
    [InlineData(160, "a", "60", NodeState.Synced, Reasons.Held, false)] // within the resolution of a second
    [InlineData(160, "a", "58", NodeState.Synced, Reasons.Held, true)]
    [InlineData(160, "a", "3", NodeState.Joined, Reasons.Held | Reasons.Joined, false)]
    [InlineData(160, "a", "3", NodeState.Synced, Reasons.Held | Reasons.ReadOnly, true)] // synced is enough
    [InlineData(160, "a", "3", NodeState.Unknown, Reasons.Held, true)] // a replica has no state
    [InlineData(5, "b", "3", NodeState.Synced, Reasons.Held, true)] // after a boot
    [InlineData(5, "b", "3", NodeState.Unreachable, Reasons.Held | Reasons.Unreachable, false)]
    public void The_units_hold_ends_when_the_server_has_started_since(
        double second, string boot, string uptime, NodeState state, Reasons reasons, bool isOver)
    {
        var answer = ObservedVariable.ReadAnswer([KeyValuePair.Create("Uptime", (string?)uptime)]);

        Assert.Equal(
            isOver, ServiceHold.IsOver(Hold, null, At(second, boot), answer, state, new Verdict(reasons, state)));
    }

    [Theory]
    [InlineData(100.9, 101.8, "1", true)] // stopped and started within the second of the hold
    [InlineData(100.9, 160.0, "60", true)]
    [InlineData(99.9, 160.0, "60", false)] // the restart was before the hold
    [InlineData(100.9, 160.0, "5000", false)] // only the provider was loaded again
    public void A_restart_that_was_noticed_after_the_hold_ends_it(
        double restarted, double second, string uptime, bool isOver)
    {
        var answer = ObservedVariable.ReadAnswer([KeyValuePair.Create("Uptime", (string?)uptime)]);
        var verdict = new Verdict(Reasons.Held, NodeState.Synced);

        Assert.Equal(
            isOver,
            ServiceHold.IsOver(Hold, At(restarted, "a"), At(second, "a"), answer, NodeState.Synced, verdict));
    }

    [Fact]
    public void Before_the_servers_first_answer_the_units_hold_stays() => Assert.False(
        ServiceHold.IsOver(
            Hold, null, At(5, "b"), null, NodeState.Unknown, new Verdict(Reasons.Held, NodeState.Unknown)));

    private static Instant At(double second, string boot) =>
        new(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(second), boot);
}
