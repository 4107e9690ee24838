namespace GaleraGate.Domain.Gate;

/// <summary>What happens to established clients when the gate closes.</summary>
/// <param name="ResetAfter">They are reset after this time; null if they are left alone.</param>
public readonly record struct OnClose(TimeSpan? ResetAfter)
{
    private const string DrainName = "drain";
    private const string ResetName = "reset";
    private const string ResetAfterMark = "reset-after=";

    /// <summary>Leave them connected until they disconnect.</summary>
    public static OnClose Drain { get; } = new(null);

    /// <summary>Reset them at once.</summary>
    public static OnClose Reset { get; } = new(TimeSpan.Zero);

    /// <summary>Reads drain, reset or reset-after=TIME; null for any other text.</summary>
    public static OnClose? Parse(string text) => text switch
    {
        DrainName => Drain,
        ResetName => Reset,
        _ when text.StartsWith(ResetAfterMark, StringComparison.Ordinal)
            && Duration.Parse(text[ResetAfterMark.Length..]) is { } time
            && time <= TimeSpan.FromHours(24) => new(time),
        _ => null,
    };

    public override string ToString() => ResetAfter switch
    {
        null => DrainName,
        { Ticks: 0 } => ResetName,
        { } time => ResetAfterMark + Duration.Format(time),
    };
}
