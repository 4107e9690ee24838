namespace GaleraGate.Domain.Audit;

/// <summary>A gate began to let clients in, or to refuse them.</summary>
public sealed record GateTurn(DateTimeOffset At, string Node, bool Open);

/// <summary>When gates opened and closed for clients, by the wall clocks.</summary>
public static class GateTurns
{
    /// <summary>Every opening and closing, in order of time.</summary>
    public static IReadOnlyList<GateTurn> Of(IEnumerable<Closure> closures) =>
        [.. closures.SelectMany(Of).OrderBy(turn => turn.At)];

    private static IEnumerable<GateTurn> Of(Closure closure)
    {
        if (!closure.IsFirstStart)
        {
            yield return new GateTurn(closure.From.Utc, closure.Node, false);
        }

        if (closure.To is { } end)
        {
            yield return new GateTurn(end.Utc, closure.Node, true);
        }
    }
}
