namespace GaleraGate.Domain.Gate;

/// <summary>The options for the gate.</summary>
public sealed record GatePolicy
{
    /// <summary>This many fit observations in a row open the gate.</summary>
    public int Rise { get; init; } = 3;

    /// <summary>This many debounced unfit observations in a row close it.</summary>
    public int Fall { get; init; } = 2;

    /// <summary>How long a debounced reason must last.</summary>
    public TimeSpan CloseAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the node must be fit if it has not flapped.</summary>
    public TimeSpan OpenAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest time that the node must be fit, however often the gate flapped.</summary>
    public TimeSpan OpenAfterMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Do not open the gate while the journal cannot be written.</summary>
    public bool RequireJournal { get; init; }

    /// <summary>What happens to connected clients when the gate closes.</summary>
    public OnClose OnClose { get; init; } = OnClose.Drain;

    /// <summary>The same if the node is lost to its cluster: what clients write there is lost.</summary>
    public OnClose OnCloseLost { get; init; } = OnClose.Reset;

    /// <summary>The flap penalty halves in this time.</summary>
    public static TimeSpan HalfLife { get; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The longest open-after following a close that affects every node at once. A longer one would keep the whole
    /// cluster closed.
    /// </summary>
    public static TimeSpan OpenAfterClusterWide { get; } = TimeSpan.FromSeconds(5);
}
