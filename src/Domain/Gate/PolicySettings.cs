using GaleraGate.Domain.Galera;
using static GaleraGate.Domain.Gate.PolicySetting;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// All settings for verdict and gate, one row each, in the order of the help. Options, configuration file, help,
/// documentation, the policy in the journal and reload are built from this table.
/// </summary>
public static class PolicySettings
{
    public static IReadOnlyList<PolicySetting> All { get; } =
    [
        Count("rise", "fit observations in a row that open the gate",
            policy => policy.Gate.Rise,
            (policy, count) => policy.WithGate(gate => gate with { Rise = count })),
        Count("fall", "debounced unfit observations in a row that close it",
            policy => policy.Gate.Fall,
            (policy, count) => policy.WithGate(gate => gate with { Fall = count })),
        Time("close-after", "how long a debounced unfitness must last",
            policy => policy.Gate.CloseAfter,
            (policy, time) => policy.WithGate(gate => gate with { CloseAfter = time })),
        Time("open-after", "how long fitness must last; doubles with each unplanned close, and decays",
            policy => policy.Gate.OpenAfter,
            (policy, time) => policy.WithGate(gate => gate with { OpenAfter = time })),
        Time("open-after-max", "the longest time that the node must be fit",
            policy => policy.Gate.OpenAfterMax,
            (policy, time) => policy.WithGate(gate => gate with { OpenAfterMax = time })),
        Methods("nonblocking-sst-methods",
            "values of wsrep_sst_method with which a donor keeps serving; "
                + "a donor runs the joiner's: set the same on every node",
            policy => policy.Fitness.NonblockingSstMethods,
            (policy, methods) => policy.WithFitness(fitness => fitness with { NonblockingSstMethods = methods })),
        Choice("last-resort", ("none", "donor"),
            "none, or donor: a donor that blocks opens its gate while every other known gate is closed",
            policy => policy.Fitness.LastResortDonor,
            (policy, flag) => policy.WithFitness(fitness => fitness with { LastResortDonor = flag })),
        Flag("available-when-read-only", "a read-only server is still fit",
            policy => policy.Fitness.AvailableWhenReadOnly,
            (policy, flag) => policy.WithFitness(fitness => fitness with { AvailableWhenReadOnly = flag })),
        Flag("close-when-desynced", "a node desynced by hand is unfit",
            policy => policy.Fitness.CloseWhenDesynced,
            (policy, flag) => policy.WithFitness(fitness => fitness with { CloseWhenDesynced = flag })),
        .. HighAndLow("receive-queue", "N", double.MaxValue,
            "wsrep_local_recv_queue above this is unfit; not judged without it",
            policy => policy.Fitness.ReceiveQueue,
            (policy, marks) => policy.WithFitness(fitness => fitness with { ReceiveQueue = marks })),
        .. HighAndLow("flow-control", "SHARE", 1,
            "wsrep_flow_control_paused above this is unfit, 0 to 1; not judged without it",
            policy => policy.Fitness.FlowControl,
            (policy, marks) => policy.WithFitness(fitness => fitness with { FlowControl = marks })),
        Choice("mode", ("galera", "replica"),
            "galera: a node of a cluster; replica: an asynchronous replica, ordinary or also a node of a cluster",
            policy => policy.Fitness.Mode == ServerMode.Replica,
            (policy, isReplica) => policy.WithFitness(
                fitness => fitness with { Mode = isReplica ? ServerMode.Replica : ServerMode.Galera }),
            "MODE"),
        Time("max-lag", "in replica mode: a replica that lags more than this is unfit",
            policy => policy.Fitness.MaxLag,
            (policy, time) => policy.WithFitness(fitness => fitness with { MaxLag = time })),
        Time("replica-grace",
            "in replica mode: how long a replica that lagged little stays fit after its source was lost",
            policy => policy.Fitness.ReplicaGrace,
            (policy, time) => policy.WithFitness(fitness => fitness with { ReplicaGrace = time })),
        Closing("on-close",
            "clients that came through the gate, when it closes: drain (left alone), reset, or reset-after=TIME",
            policy => policy.Gate.OnClose,
            (policy, what) => policy.WithGate(gate => gate with { OnClose = what })),
        Closing("on-close-lost",
            "the same when the node is lost to its cluster: non-primary, disconnected or inconsistent",
            policy => policy.Gate.OnCloseLost,
            (policy, what) => policy.WithGate(gate => gate with { OnCloseLost = what })),
        Flag("require-journal", "the gate stays closed while nothing can be recorded",
            policy => policy.Gate.RequireJournal,
            (policy, flag) => policy.WithGate(gate => gate with { RequireJournal = flag })),
    ];
}
