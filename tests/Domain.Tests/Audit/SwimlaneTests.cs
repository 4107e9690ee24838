using FsCheck.Fluent;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Domain.Tests.Properties;
using Xunit.Abstractions;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>In any history, the events of the few types that lanes show give each lane's state.</summary>
public sealed class SwimlaneTests(ITestOutputHelper output)
{
    [Fact]
    public void The_swimlanes_event_types_alone_give_the_same_state_as_all_events() => Always.Holds(
        output,
        400,
        Gen.Choose(0, (CarryTests.Happenings.Length * 8) - 1).ListOf(80),
        _ => [],
        steps =>
        {
            var play = new Play(Policy.Default, Family.Ipv4, Family.Ipv6);
            var second = 0.0;
            foreach (var step in steps)
            {
                second += step / CarryTests.Happenings.Length * 0.25;
                play.Take(CarryTests.Happenings[step % CarryTests.Happenings.Length](Given.Second(second), play.State));
            }

            Assert.All(play.Events, envelope => Assert.Equal("n1", envelope.Node));
            Assert.Equal(
                Ends(play.Events), Ends(play.Events.Where(envelope => Swimlane.Types.Contains(envelope.Type))));
        });

    private static IEnumerable<(Lane Lane, string Value)> Ends(IEnumerable<Envelope> events) =>
        Swimlane
            .Of(events.Prepend(Beginning))
            .Where(span => span.To is null)
            .Select(span => (span.Lane, span.Value))
            .Order();

    /// <summary>Changes no lane: both start from the initial state.</summary>
    private static Envelope Beginning =>
        new(0, Given.Second(0), "n1", new LoopStalled(TimeSpan.Zero), null, null, null);
}
