using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// Which established clients should be reset, and when: not before the redirect is gone, because until then somebody
/// may still come in; a table that cannot be changed delays it no longer than <see cref="TablesLimit"/>.
/// </summary>
/// <param name="Opened">The opening that let the last of them in.</param>
/// <param name="Closed">When the gate closed.</param>
/// <param name="After">How long after that.</param>
public sealed record ClientReset(long Opened, Instant Closed, TimeSpan After)
{
    /// <summary>What a client writes on such a node is written nowhere, or differs from what the cluster has.</summary>
    private const Reasons Lost = Reasons.NonPrimary | Reasons.Disconnected | Reasons.Inconsistent;

    private static readonly TimeSpan TablesLimit = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Follows from the state: while the gate is closed, the node unfit or the daemon stopping, and clients of an
    /// opening may still be there. Null: nobody should be.
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
