using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>Which events are carried, by their numbers.</summary>
public sealed class CarriedEventsTests
{
    private static readonly RuleChange Rule = new(Family.Ipv4, "-A X -j REDIRECT 1", "iptables", 0, TimeSpan.Zero);

    [Fact]
    public void Carried_events_are_in_the_order_in_which_they_happened()
    {
        var (change, opened) = (new PolicyChanged(new Dictionary<string, string>()), new GateOpened("synced"));
        var held = new HoldPlaced(Holds.Operator, "alice", "upgrade");
        AuditEvent[] events = [Started(null), change, opened, held, change];

        Assert.Equal([1, 2, 3, 4, 5], Carried(events));
        Assert.Equal([1, 2, 4, 5, 6], Carried([.. events, opened]));
        Assert.Equal([4, 6, 7], Carried([.. events, opened, Started(null)]));
    }

    [Fact]
    public void A_redirect_rule_is_carried_as_many_times_as_it_exists()
    {
        var (added, removed) = (new RedirectAdded(Rule), new RedirectRemoved(Rule));

        Assert.Equal([1, 2], Carried(added, added));
        Assert.Equal([1], Carried(added, added, removed));
        Assert.Empty(Carried(added, added, removed, removed));
        Assert.Equal([6], Carried(added, added, removed, removed, removed, added));
    }

    private static IEnumerable<long> Carried(params AuditEvent[] events)
    {
        var carry = new Carry<long>();
        foreach (var envelope in events.Aggregate(new Recorded(), (record, happened) => record.At(0, happened)).All)
        {
            carry.Take(envelope, envelope.Seq);
        }

        return carry.Items;
    }
}
