namespace GaleraGate.Domain.Audit;

/// <summary>A period in which a node's gate was closed.</summary>
/// <param name="Seq">The event that closed it, or the one that shows that it was closed.</param>
/// <param name="From">Clients were certainly refused from this moment on.</param>
/// <param name="To">Null while the gate is still closed.</param>
/// <param name="Reason">The headline of the close; <c>started</c> if a daemon started with the gate closed;
/// <c>lease-lapsed</c> if the lease had expired.</param>
/// <param name="FitAgain">When the fitness began that opened the gate again; null if none did.</param>
/// <param name="WaitedFor">What the gate waited for at the end: <c>server</c> while the node was unfit, <c>rise</c>
/// while it had to prove fit, <c>back-off</c> while it had to prove fit for longer because it had flapped,
/// <c>release</c> while it was held, <c>daemon</c> while no daemon ran.</param>
public sealed record Closure(
    string Node, long Seq, Instant From, Instant? To, string Reason, Instant? FitAgain, string WaitedFor)
{
    /// <summary>At least one event that it was computed from was modified after it was written.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>
    /// Before this moment the gate was open; its state between this moment and <see cref="From"/> is not recorded. Null
    /// if the beginning is known.
    /// </summary>
    public Instant? Earliest { get; init; }

    /// <summary>An operator caused it: a hold, or a daemon that was stopped.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>The node's first daemon started with the gate closed. No client lost a connection.</summary>
    public bool IsFirstStart { get; init; }

    /// <summary>The node's view when it closed (wsrep_cluster_conf_id); null if it had none.</summary>
    public ulong? View { get; init; }

    /// <summary>By the monotonic clock; by the wall clocks if there was a reboot in between.</summary>
    public TimeSpan? Lasted => To is { } end ? end.Since(From) ?? end.Utc - From.Utc : null;

    internal Closure Since(Refusal? refused) => refused is { } known
        ? this with { From = known.Latest, Earliest = known.IsExact ? null : known.Earliest }
        : this;
}
