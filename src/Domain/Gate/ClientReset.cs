using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// Which established clients should be reset, and when. None is reset before the redirect is gone, because until then
/// new clients may still get in; if the rules cannot be changed, the reset waits at most <see cref="TablesLimit"/>.
/// </summary>
/// <param name="Opened">The opening during which the last of them connected.</param>
/// <param name="Closed">When the gate closed.</param>
/// <param name="After">How long after that.</param>
public sealed record ClientReset(long Opened, Instant Closed, TimeSpan After)
{
    /// <summary>What a client writes on such a node is lost, or differs from the cluster's data.</summary>
    private const Reasons Lost = Reasons.NonPrimary | Reasons.Disconnected | Reasons.Inconsistent;

    private static readonly TimeSpan TablesLimit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Derived from the state: non-null while the gate is closed, the node is unfit or the daemon is stopping, and
    /// clients of an opening may still be connected. Null: reset no clients.
    /// </summary>
    public static ClientReset? Wanted(GateState state, GateMemory memory)
    {
        var policy = memory.Policy.Gate;
        var reasons = state.Verdict?.Reasons ?? Reasons.None;
        return !state.Phase.LetsTrafficIn() && (memory.Stopping || reasons != Reasons.None)
            && state is { ClientsOf: { } opened, ClosedAt: { } closed }
            && ((reasons & Lost) != 0 ? policy.OnCloseLost : policy.OnClose).ResetAfter is { } after
            ? new ClientReset(opened, closed, memory.TablesHold(null) || after > TablesLimit ? after : TablesLimit)
            : null;
    }
}
