using System.Collections.Frozen;
using Stateless;

namespace GaleraGate.Domain.Galera;

/// <summary>How a change of node state came about.</summary>
public enum StepClass
{
    /// <summary>One step that the provider makes.</summary>
    Direct,

    /// <summary>Several steps; the polls missed the states in between.</summary>
    Explained,

    /// <summary>The server or its provider restarted.</summary>
    Restart,

    /// <summary>No sequence of steps explains it: a node left Inconsistent without a restart.</summary>
    Anomalous,
}

/// <summary>What a poll can distinguish: a step that the provider makes, or just a state.</summary>
public enum NodeTrigger
{
    StepsToInitialized,
    StepsToJoining,
    StepsToDonor,
    StepsToJoined,
    StepsToSynced,
    StepsToInconsistent,
    ShowsUnknown,
    ShowsUnreachable,
    ShowsInitialized,
    ShowsJoining,
    ShowsDonor,
    ShowsJoined,
    ShowsSynced,
    ShowsInconsistent,
}

/// <summary>
/// A change of node state with its class; the class is null if the provider itself showed no change (contact lost or
/// found again).
/// </summary>
/// <param name="Path">The provider's states from the last one seen to the new one, including those in between, as
/// <c>Donor>Joined>Synced</c>.</param>
public readonly record struct NodeStep(NodeState To, StepClass? Class, string? Path);

/// <summary>
/// The provider's state machine as seen through polls. The provider aborts the server on any step that is not in
/// <see cref="DirectSteps"/>. So a change between two polls is one of these steps, or several of them, or a restart of
/// the server. In every case the state machine follows the server.
/// </summary>
public static class NodeTransitions
{
    /// <summary>
    /// The provider's direct steps. Inconsistent can be reached from every state, and can be left only by a restart.
    /// </summary>
    private static readonly FrozenDictionary<NodeState, NodeState[]> DirectSteps =
        new Dictionary<NodeState, NodeState[]>
    {
        [NodeState.Initialized] =
            [NodeState.Joining, NodeState.Donor, NodeState.Joined, NodeState.Synced, NodeState.Inconsistent],
        [NodeState.Joining] = [NodeState.Initialized, NodeState.Joined, NodeState.Inconsistent],
        [NodeState.Donor] = [NodeState.Initialized, NodeState.Joined, NodeState.Inconsistent],
        [NodeState.Joined] = [NodeState.Initialized, NodeState.Donor, NodeState.Synced, NodeState.Inconsistent],
        [NodeState.Synced] = [NodeState.Initialized, NodeState.Donor, NodeState.Inconsistent],
        [NodeState.Inconsistent] = [],
    }.ToFrozenDictionary();

    public static TransitionTable<NodeState, NodeTrigger> Table { get; } = new(Configure);

    private static readonly FrozenDictionary<(NodeState, NodeState), NodeState[]> ShortestPaths = (
        from start in DirectSteps.Keys
        from path in PathsFrom(start)
        select KeyValuePair.Create((start, path[^1]), path)).ToFrozenDictionary();

    private static NodeTrigger StepsTo(NodeState state) => NodeTrigger.StepsToInitialized + (int)state;

    private static NodeTrigger Shows(NodeState state) => NodeTrigger.ShowsInitialized + (int)state;

    /// <summary>
    /// The shortest path of direct steps, including both ends; it goes through Initialized only if no path of the same
    /// length avoids it. Null if there is no path.
    /// </summary>
    public static IReadOnlyList<NodeState>? HiddenPath(NodeState from, NodeState to) =>
        ShortestPaths.GetValueOrDefault((from, to));

    /// <summary>Classifies the state that an observation shows.</summary>
    /// <param name="current">The state so far, ours or the provider's.</param>
    /// <param name="provider">The last state that the provider showed; null before the first.</param>
    /// <param name="shown">The state that the observation shows.</param>
    /// <param name="restarted">The server or its provider has restarted since.</param>
    public static NodeStep Step(NodeState current, NodeState? provider, NodeState shown, bool restarted)
    {
        if (shown.IsProviders() && provider is { } last && last != shown && !restarted)
        {
            return HiddenPath(last, shown) is { } path
                ? new NodeStep(Along(path), ClassOf(path), string.Join('>', path))
                : new NodeStep(Table.Next(current, Shows(shown)), StepClass.Anomalous, null);
        }

        var isRestart = shown.IsProviders() && provider is not null && restarted;
        return new NodeStep(Table.Next(current, Shows(shown)), isRestart ? StepClass.Restart : null, null);
    }

    /// <summary>The end of a path.</summary>
    private static NodeState Along(IReadOnlyList<NodeState> path) =>
        path.Skip(1).Aggregate(path[0], (at, next) => Table.Next(at, StepsTo(next)));

    private static StepClass ClassOf(IReadOnlyList<NodeState> path) =>
        path.Count == 2 ? StepClass.Direct : StepClass.Explained;

    private static void Configure(StateMachine<NodeState, NodeTrigger> machine)
    {
        var states = Enum.GetValues<NodeState>();
        foreach (var from in states)
        {
            var configuration = machine.Configure(from);
            foreach (var to in states)
            {
                _ = from == to ? configuration.Ignore(Shows(to)) : configuration.Permit(Shows(to), to);
                if (to.IsProviders())
                {
                    _ = from.IsProviders() && DirectSteps[from].Contains(to)
                        ? configuration.Permit(StepsTo(to), to)
                        : configuration.Ignore(StepsTo(to));
                }
            }
        }
    }

    /// <summary>
    /// Breadth first. Initialized is tried last, so that a path of the same length that avoids it is found first.
    /// </summary>
    private static IEnumerable<NodeState[]> PathsFrom(NodeState start)
    {
        var found = new HashSet<NodeState> { start };
        var queue = new Queue<NodeState[]>([[start]]);
        while (queue.TryDequeue(out var path))
        {
            var steps = DirectSteps[path[^1]].OrderBy(state => state == NodeState.Initialized);
            foreach (var next in steps.Where(found.Add))
            {
                NodeState[] longer = [.. path, next];
                queue.Enqueue(longer);
                yield return longer;
            }
        }
    }
}
