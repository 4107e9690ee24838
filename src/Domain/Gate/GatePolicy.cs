namespace GaleraGate.Domain.Gate;

/// <summary>What an operator may decide about the gate.</summary>
public sealed record GatePolicy
{
    /// <summary>Fit observations in a row that open the gate.</summary>
    public int Rise { get; init; } = 3;

    /// <summary>Debounced unfit observations in a row that close it.</summary>
    public int Fall { get; init; } = 2;

    /// <summary>How long a debounced unfitness must last.</summary>
    public TimeSpan CloseAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long fitness must last where nothing flapped before.</summary>
    public TimeSpan OpenAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long fitness must last at the most, however often the gate flapped.</summary>
    public TimeSpan OpenAfterMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The gate stays closed while nothing can be recorded.</summary>
    public bool RequireJournal { get; init; }

    /// <summary>What becomes of the clients that are connected when the gate closes.</summary>
    public OnClose OnClose { get; init; } = OnClose.Drain;

    /// <summary>The same where the node is lost to its cluster: what they write there is written nowhere.</summary>
    public OnClose OnCloseLost { get; init; } = OnClose.Reset;

    /// <summary>In this time the flap penalty halves.</summary>
    public static TimeSpan HalfLife { get; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The most that open-after is after a close that strikes every node at once: longer would keep them all dark
    /// together.
    /// </summary>
    public static TimeSpan OpenAfterClusterWide { get; } = TimeSpan.FromSeconds(5);
}
