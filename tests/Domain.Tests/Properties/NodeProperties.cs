using FsCheck;
using FsCheck.Fluent;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using Xunit.Abstractions;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>What holds for node states over any sequence of observations.</summary>
public sealed class NodeProperties(ITestOutputHelper output)
{
    private static readonly Gen<List<string>> Sequences = Gen.Sized(size =>
        from kinds in Gen.Elements(Kind.All.Keys.ToArray()).ListOf(1 + size)
        select kinds.ToList());

    [Fact]
    public void Only_leaving_Inconsistent_without_a_restart_is_classified_as_anomalous() =>
        Always.Holds(
        output, 3000, Sequences, Shrink, kinds =>
        {
            var play = new Play();
            NodeState? provider = null;
            var isRestartPending = false;
            for (var i = 0; i < kinds.Count; i++)
            {
                var (told, before) = (play.Events.Count, play.State.NodeState);
                var observation = Kind.All[kinds[i]];
                play.Take(new Observed(Given.Second(i), observation));
                Assert.Equal(observation.NodeState, play.State.NodeState);
                var news = play.Events.Skip(told).Select(envelope => envelope.Event).ToList();
                var change = news.OfType<NodeStateChanged>().SingleOrDefault();
                Assert.Equal(before != observation.NodeState, change is not null);
                var restarted = isRestartPending || news.OfType<ServerRestarted>().Any();
                if (change is not null)
                {
                    Assert.Equal(
                        provider == NodeState.Inconsistent
                            && change.To.IsProviders()
                            && change.To != NodeState.Inconsistent
                            && !restarted,
                        change.Class == StepClass.Anomalous);
                    Assert.Equal(
                        restarted && change.To.IsProviders() && provider is not null,
                        change.Class == StepClass.Restart);
                    Assert.Equal(change.Class is StepClass.Direct or StepClass.Explained, change.Path is not null);
                    Assert.True(
                        change.Path is null
                            || (
                                change.Path.StartsWith($"{provider}>", StringComparison.Ordinal)
                                && change.Path.EndsWith($">{change.To}", StringComparison.Ordinal)));
                }

                // A provider that connects again shows Inconsistent until it joins.
                var shown = observation.NodeState.IsProviders() ? observation.NodeState : provider;
                isRestartPending = restarted && provider == NodeState.Inconsistent && shown == provider;
                provider = shown;
            }
        });

    [Fact]
    public void Only_the_verdict_opens_a_gate_never_the_class_of_a_change() =>
        Always.Holds(
            output,
            2000,
            Sequences,
            Shrink,
            kinds =>
    {
        var play = new Play(Story.PolicyOf(1, 1, "0s", "0s", "2s"));
        for (var i = 0; i < kinds.Count; i++)
        {
            play.Take(new Observed(Given.Second(i), Kind.All[kinds[i]]));
            Assert.Equal(
                Fitness.Judge(Kind.All[kinds[i]], new FitnessPolicy()).IsFit, play.State.Phase.LetsTrafficIn());
        }
    });

    private static IEnumerable<List<string>> Shrink(List<string> kinds) =>
        Enumerable.Range(0, kinds.Count).Select(at => kinds.Where((_, index) => index != at).ToList());
}
