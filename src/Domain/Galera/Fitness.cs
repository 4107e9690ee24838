namespace GaleraGate.Domain.Galera;

/// <summary>Judges one observation. Every rule is one row; all reasons that hold are kept.</summary>
public static class Fitness
{
    /// <summary>Which servers a rule applies to.</summary>
    private enum Asked
    {
        Always,

        /// <summary>
        /// Nodes of a cluster. In replica mode not to an ordinary replica, which has no wsrep and is normally
        /// read-only.
        /// </summary>
        OfNodes,

        /// <summary>Servers in replica mode.</summary>
        OfReplicas,
    }

    private static readonly (Reasons Reason, Asked Asked, Func<Observation, FitnessPolicy, bool> Holds)[] Rules =
    [
        // Clients are refused even if the probe's account is an administrator's, which is still answered.
        (Reasons.Offline, Asked.Always, (o, _) => o.OfflineMode.Is(true)),
        (Reasons.WsrepOff, Asked.OfNodes, (o, _) => o.LocalState.IsMissing || o.WsrepOn.Is(false)),
        (Reasons.Inconsistent, Asked.OfNodes, (o, _) => o.NodeState == NodeState.Inconsistent),
        (Reasons.Disconnected, Asked.OfNodes,
            (o, _) => o.Connected.Is(false) || Reading.Same(o.ClusterStatus, "Disconnected")),
        (Reasons.NonPrimary, Asked.OfNodes,
            (o, _) => o.ClusterStatus is not null && !Reading.Same(o.ClusterStatus, "Primary")),
        (Reasons.NotReady, Asked.OfNodes, (o, _) => o.Ready.Is(false)),
        (Reasons.Initialized, Asked.OfNodes, (o, _) => o.NodeState == NodeState.Initialized),
        (Reasons.Joining, Asked.OfNodes, (o, _) => o.NodeState == NodeState.Joining),
        (Reasons.Joined, Asked.OfNodes, (o, _) => o.NodeState == NodeState.Joined),
        (Reasons.DonorBlocking, Asked.OfNodes,
            (o, policy) => o.NodeState == NodeState.Donor && !policy.NonblockingSstMethods.Contain(o.SstMethod)),
        (Reasons.Unrecognized, Asked.Always, IsUnrecognized),
        (Reasons.RejectingQueries, Asked.OfNodes,
            (o, _) => o.RejectQueries is not null && !Reading.Same(o.RejectQueries, "NONE")),
        (Reasons.RejectingQueries, Asked.OfNodes,
            (o, _) => o.NodeState == NodeState.Donor && o.DonorRejectsQueries.Is(true)),
        (Reasons.ReadOnly, Asked.OfNodes,
            (o, policy) => !policy.AvailableWhenReadOnly && (o.ReadOnly.Is(true) || o.SuperReadOnly.Is(true))),
        (Reasons.Maintenance, Asked.Always,
            (o, _) => o.MaintenanceMode is not null && !Reading.Same(o.MaintenanceMode, "DISABLED")),
        (Reasons.Desynced, Asked.OfNodes, (o, policy) => policy.CloseWhenDesynced && o.Desync.Is(true)),
        (Reasons.ReplicaStopped, Asked.OfReplicas, (o, _) => !o.ReplicaRunning.Is(true)),
        (Reasons.ReplicaLag, Asked.OfReplicas,
            (o, policy) => o.ReplicaRunning.Is(true) && !LagsLittle(o, policy)),
    ];

    /// <summary>The reasons that have a high and a low mark.</summary>
    public const Reasons MarkReasons = Reasons.ReceiveQueue | Reasons.FlowControl;

    /// <summary>Judges an observation.</summary>
    /// <param name="passed">The marks that an earlier answer exceeded; each holds until the value is below its low
    /// mark.</param>
    /// <param name="sourceLost">How long ago the replica was last seen replicating with little lag; null if
    /// never.</param>
    public static Verdict Judge(
        Observation observation, FitnessPolicy policy, Reasons passed = Reasons.None, TimeSpan? sourceLost = null)
    {
        var reasons = observation.HasAnswer ? OfAnswer(observation, policy, passed) : OfError(observation.Error);
        var waiver = WaiverOf(reasons, observation, policy, sourceLost);
        return new Verdict(waiver == Waiver.None ? reasons : Reasons.None, observation.NodeState, waiver);
    }

    /// <summary>True if the answer is from a replica that is replicating with a known and small lag.</summary>
    public static bool Replicates(Observation observation, FitnessPolicy policy) =>
        policy.Mode == ServerMode.Replica && observation.ReplicaRunning.Is(true) && LagsLittle(observation, policy);

    /// <summary>True for a donor that blocks: its verdict may depend on the other gates.</summary>
    public static bool MayBeLastResort(Observation observation, FitnessPolicy policy) =>
        policy.LastResortDonor
        && observation.HasAnswer
        && OfAnswer(observation, policy, Reasons.None) == Reasons.DonorBlocking;

    /// <summary>An operator may waive one reason, but only if no other reason holds.</summary>
    private static Waiver WaiverOf(
        Reasons reasons, Observation o, FitnessPolicy policy, TimeSpan? sourceLost) => reasons switch
        {
            Reasons.DonorBlocking when policy.LastResortDonor && o.OtherGates == Elsewhere.Closed => Waiver.LastResort,
            Reasons.ReplicaStopped when o.ReplicaConnecting.Is(true) && sourceLost < policy.ReplicaGrace =>
                Waiver.ReplicaGrace,
            _ => Waiver.None,
        };

    private static bool LagsLittle(Observation o, FitnessPolicy policy) =>
        o.ReplicaLag.Value <= policy.MaxLag.TotalSeconds;

    private static Reasons OfAnswer(Observation o, FitnessPolicy policy, Reasons passed) => Rules
        .Where(rule => IsAsked(rule.Asked, o, policy) && rule.Holds(o, policy))
        .Aggregate(Marks(o, policy, passed), (all, rule) => all | rule.Reason);

    private static bool IsAsked(Asked asked, Observation o, FitnessPolicy policy) => asked switch
    {
        Asked.Always => true,
        Asked.OfNodes => IsNode(o, policy),
        Asked.OfReplicas => policy.Mode == ServerMode.Replica,
    };

    private static bool IsNode(Observation o, FitnessPolicy policy) =>
        policy.Mode == ServerMode.Galera || !o.LocalState.IsMissing || o.WsrepOn.Is(true);

    private static Reasons OfError(ProbeError error) => error switch
    {
        ProbeError.None => Reasons.None,
        ProbeError.Refused or ProbeError.ConnectionLost => Reasons.Unreachable,
        ProbeError.Timeout => Reasons.Timeout,
        ProbeError.AccessDenied => Reasons.AccessDenied,
        ProbeError.TooManyConnections => Reasons.TooManyConnections,
        ProbeError.NotReady => Reasons.NotReady,
        ProbeError.Offline => Reasons.Offline,
        ProbeError.Other => Reasons.Unrecognized,
    };

    /// <summary>
    /// A judged value that cannot be read, a state outside 0..5, a contradiction, or a missing variable that every
    /// Galera server reports.
    /// </summary>
    private static bool IsUnrecognized(Observation o, FitnessPolicy policy) =>
        o.Contradiction is not null
        || o.LocalState.IsUnreadable || o.LocalState.Value > (ulong)NodeState.Inconsistent
        || o.Connected.IsUnreadable || o.WsrepOn.IsUnreadable || o.DonorRejectsQueries.IsUnreadable
        || (policy.CloseWhenDesynced && o.Desync.IsUnreadable)
        || (policy.ReceiveQueue is not null && o.ReceiveQueue.IsUnreadable)
        || (policy.FlowControl is not null && o.FlowControlPaused.IsUnreadable)
        || o.ReadOnly.IsMissing
        || (!o.LocalState.IsMissing && (o.Ready.IsMissing || o.ClusterStatus is null));

    private static Reasons Marks(Observation o, FitnessPolicy policy, Reasons passed) =>
        Mark(Reasons.ReceiveQueue, policy.ReceiveQueue, o.ReceiveQueue.Value, passed)
        | Mark(Reasons.FlowControl, policy.FlowControl, o.FlowControlPaused.Value, passed);

    private static Reasons Mark(Reasons reason, Marks? marks, double? value, Reasons passed) =>
        marks is { } m && (value > m.High || (passed.HasFlag(reason) && value >= m.Low)) ? reason : Reasons.None;
}
