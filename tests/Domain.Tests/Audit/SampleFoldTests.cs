using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>What one event adds to the statistics, given those before it.</summary>
public sealed class SampleFoldTests
{
    private static readonly RuleChange Rule = new(Family.Ipv4, "-A X", "iptables", 0, TimeSpan.FromMilliseconds(8));

    [Theory]
    [InlineData(1.0, 60.9, false, true)]
    [InlineData(1.0, 61, false, false)]
    [InlineData(1.0, 20, true, false)]
    [InlineData(null, 20, false, false)]
    public void An_unplanned_close_less_than_a_minute_after_the_opening_is_a_flap(
        double? opened, double closed, bool planned, bool isFlap)
    {
        var record = new Recorded().At(0, Recorded.Started(null));
        _ = opened is { } second ? record.At(second, new GateOpened("synced")) : record;

        Assert.Equal(isFlap, LastOf(record.Close(closed, "read-only", planned)).IsFlap);
    }

    [Theory]
    [InlineData(false, 3, 2.5)]
    [InlineData(true, 3, null)]
    [InlineData(false, 1, null)]
    public void A_rule_took_from_the_observation_that_closed_the_gate_if_that_close_was_its_cause(
        bool planned, long cause, double? took)
    {
        var record = new Recorded().At(1, new GateOpened("synced")).At(10, new ObservationChanged(Given.Node()))
            .Close(12, "donor-blocking", planned).At(12.5, new RedirectRemoved(Rule));
        record.All[^1] = record.All[^1] with { Cause = cause };

        var sample = LastOf(record);

        Assert.Equal(
            (SampleKind.Removed, took, Rule.Elapsed), (sample.Kind, sample.Took?.TotalSeconds, sample.Command));
    }

    private static Sample LastOf(Recorded record) => Recorded.FoldOf(record.All).Samples[^1];
}
