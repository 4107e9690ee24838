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
            isOver, ServiceHold.IsOver(Hold, At(second, boot), answer, state, new Verdict(reasons, state)));
    }

    [Fact]
    public void Before_the_servers_first_answer_the_units_hold_stays() => Assert.False(
        ServiceHold.IsOver(
            Hold, At(5, "b"), null, NodeState.Unknown, new Verdict(Reasons.Held, NodeState.Unknown)));

    private static Instant At(double second, string boot) =>
        new(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(second), boot);
}
