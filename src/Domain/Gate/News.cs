using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>What is new in a signal. Computed once; used by both Remember and Decide.</summary>
public sealed record News
{
    private static readonly News None = new();

    /// <summary>What an observation shows; null for every other signal.</summary>
    public Sight? Sight { get; init; }

    /// <summary>How often the recorded observation had repeated, if that count ends here.</summary>
    public ObservationHeld? RepeatsEnded { get; init; }

    /// <summary>The settings of a new policy that differ from those in force.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <param name="memory">The memory before the signal.</param>
    public static News Of(GateState state, GateMemory memory, Signal signal) => signal switch
    {
        Observed observed => Of(memory, observed, Sight.Of(state, memory, observed)),
        PolicyLoaded loaded => new News { Settings = loaded.Policy.ChangesFrom(memory.Policy) },
        Stalled or Stopping or Stopped => new News { RepeatsEnded = memory.Repeats },
        _ => None,
    };

    private static News Of(GateMemory memory, Observed observed, Sight sight)
    {
        var isTime = observed.At.Since(memory.RepeatsSince) > GateMemory.RepeatsRecordedEvery;
        return new News { Sight = sight, RepeatsEnded = sight.IsChange || isTime ? memory.Repeats : null };
    }
}

/// <summary>What restarted: the server, or the wsrep provider alone.</summary>
public enum Restarted
{
    Server,
    Provider,
}

/// <summary>How an observation differs from those before it.</summary>
/// <param name="IsChange">It must be recorded.</param>
/// <param name="Restart">What has restarted since the last answer; null if nothing has.</param>
/// <param name="IsAfterRestart">The last node state is from before a restart.</param>
public sealed record Sight(Judgement Judged, bool IsChange, Restarted? Restart, bool IsAfterRestart)
{
    public static Sight Of(GateState state, GateMemory memory, Observed observed)
    {
        var observation = observed.Observation;
        var sourceLost = Ago(memory.ReplicatedAt, observed.At);
        var judged = Fitness.Judge(observation, memory.Policy.Fitness, memory.MarksPassed, sourceLost);
        var restart = observation.HasAnswer && (memory.Answer ?? state.Answer) is { } before
            ? RestartBetween(
                before,
                observation,
                memory.Provider ?? before.NamedProvider,
                Ago(memory.GoneSince, observed.At))
            : null;
        var isChange = observation.DiffersFrom(memory.Latest) || judged != memory.Judged?.Server || restart is not null;
        return new Sight(
            new Judgement(judged, state.DiskTrouble),
            isChange,
            restart,
            IsAfterRestart: restart is not null || memory.StillInconsistent);
    }

    /// <param name="provider">The last uuid that the provider named; null if it has named none.</param>
    /// <param name="gone">For how long the server has refused connections; null if it has not.</param>
    private static Restarted? RestartBetween(
        Observation before, Observation answer, string? provider, TimeSpan? gone)
    {
        var isOtherProvider = provider is not null && answer.NamedProvider is { } named && named != provider;
        var isServer = answer.IsYoungerThan(before) || answer.IsYoungerThan(gone)
            || (isOtherProvider && !(answer.Uptime.IsReadable && before.Uptime.IsReadable));
        return isServer ? Restarted.Server : isOtherProvider ? Restarted.Provider : null;
    }

    private static TimeSpan? Ago(Instant? earlier, Instant at) => earlier is { } known ? at.Since(known) : null;
}
