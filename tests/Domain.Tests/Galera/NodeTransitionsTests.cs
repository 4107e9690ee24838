using GaleraGate.Domain.Galera;
using static GaleraGate.Domain.Galera.NodeState;

namespace GaleraGate.Domain.Tests.Galera;

public sealed class NodeTransitionsTests
{
    /// <summary>The provider's steps as in galera's own source: it aborts the server on any other.</summary>
    private static readonly Dictionary<NodeState, NodeState[]> Direct = new()
    {
        [Initialized] = [Joining, Donor, Joined, Synced, Inconsistent],
        [Joining] = [Initialized, Joined, Inconsistent],
        [Donor] = [Initialized, Joined, Inconsistent],
        [Joined] = [Initialized, Donor, Synced, Inconsistent],
        [Synced] = [Initialized, Donor, Inconsistent],
        [Inconsistent] = [],
    };

    public static TheoryData<NodeState, NodeState> Pairs()
    {
        var pairs = new TheoryData<NodeState, NodeState>();
        foreach (var (from, to) in from a in Direct.Keys from b in Direct.Keys where a != b select (a, b))
        {
            pairs.Add(from, to);
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Exactly_the_providers_own_steps_are_direct(NodeState from, NodeState to)
    {
        var step = NodeTransitions.Step(from, from, to, restarted: false);

        Assert.Equal(Direct[from].Contains(to), step.Class == StepClass.Direct);
        Assert.Equal(to, step.To);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_hidden_path_consists_of_direct_steps_and_is_the_shortest(NodeState from, NodeState to)
    {
        var path = NodeTransitions.HiddenPath(from, to);

        Assert.Equal(from == Inconsistent, path is null);
        if (path is not null)
        {
            Assert.All(path.Zip(path.Skip(1)), step => Assert.Contains(step.Second, Direct[step.First]));
            Assert.Equal(Distance(from, to), path.Count - 1);
        }
    }

    [Theory]
    [InlineData(Donor, Synced, "Donor>Joined>Synced")]
    [InlineData(Synced, Joining, "Synced>Initialized>Joining")]
    [InlineData(Synced, Joined, "Synced>Donor>Joined")]
    [InlineData(Joining, Synced, "Joining>Joined>Synced")]
    [InlineData(Joined, Joining, "Joined>Initialized>Joining")]
    [InlineData(Joining, Donor, "Joining>Joined>Donor")]
    public void A_jump_is_explained_by_a_shortest_path_avoiding_Initialized_if_possible(
        NodeState from, NodeState to, string path)
    {
        var step = NodeTransitions.Step(from, from, to, restarted: false);

        Assert.Equal((StepClass.Explained, path), (step.Class, step.Path));
    }

    [Fact]
    public void Only_leaving_Inconsistent_without_a_restart_is_anomalous()
    {
        foreach (var (from, to) in Pairs().Select(row => ((NodeState)row[0]!, (NodeState)row[1]!)))
        {
            Assert.Equal(
                from == Inconsistent,
                NodeTransitions.Step(from, from, to, restarted: false).Class == StepClass.Anomalous);
            Assert.Equal(StepClass.Restart, NodeTransitions.Step(from, from, to, restarted: true).Class);
        }
    }

    [Fact]
    public void Lost_contact_has_no_class_and_the_next_state_is_compared_with_the_last()
    {
        Assert.Equal(
            new NodeStep(Unreachable, null, null), NodeTransitions.Step(Synced, Synced, Unreachable, restarted: false));
        Assert.Equal(
            new NodeStep(Synced, null, null), NodeTransitions.Step(Unreachable, Synced, Synced, restarted: false));
        Assert.Equal(
            new NodeStep(Donor, StepClass.Direct, "Synced>Donor"),
            NodeTransitions.Step(Unreachable, Synced, Donor, restarted: false));
        Assert.Equal(new NodeStep(Synced, null, null), NodeTransitions.Step(Unknown, null, Synced, restarted: false));
        Assert.Equal(new NodeStep(Synced, null, null), NodeTransitions.Step(Unknown, null, Synced, restarted: true));
        Assert.Equal(
            new NodeStep(Unreachable, null, null), NodeTransitions.Step(Synced, Synced, Unreachable, restarted: true));
    }

    [Fact]
    public void No_path_leads_from_a_state_to_itself() =>
        Assert.All(Direct.Keys, state => Assert.Null(NodeTransitions.HiddenPath(state, state)));

    private static int Distance(NodeState from, NodeState to)
    {
        var reached = new HashSet<NodeState> { from };
        for (var steps = 0; ; steps++)
        {
            if (reached.Contains(to))
            {
                return steps;
            }

            reached.UnionWith(reached.ToList().SelectMany(state => Direct[state]));
        }
    }
}
