namespace GaleraGate.Domain.Audit;

/// <summary>A time in which the gate of a node was closed.</summary>
/// <param name="Seq">The event that closed it, or that shows that it was closed.</param>
/// <param name="From">From when clients were refused for certain.</param>
/// <param name="To">Null while it still is.</param>
/// <param name="Reason">The headline of the close, or <c>started</c> for a daemon that began closed, and
/// <c>lease-lapsed</c> when the lease had ended.</param>
/// <param name="FitAgain">When the fitness began with which it opened; null when it did not.</param>
/// <param name="WaitedFor">What it waited for at the end: <c>server</c> while the node was unfit, <c>rise</c> when it
/// had to show itself fit, <c>back-off</c> when it had to for longer because it flapped, <c>release</c> while it was
/// held, <c>daemon</c> while no daemon ran.</param>
public sealed record Closure(
    string Node, long Seq, Instant From, Instant? To, string Reason, Instant? FitAgain, string WaitedFor)
{
    /// <summary>An event that it was made of is not to be believed.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>
    /// Before that the gate was open; what it was from then to the beginning is not recorded. Null when the beginning
    /// is known.
    /// </summary>
    public Instant? Earliest { get; init; }

    /// <summary>An operator wanted it: a hold, or a daemon that was stopped.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>The node's first daemon began closed: nothing that clients had was taken from them.</summary>
    public bool IsFirstStart { get; init; }

    /// <summary>The node's view when it closed (wsrep_cluster_conf_id); null when it had none.</summary>
    public ulong? View { get; init; }

    /// <summary>By the monotonic clock; when a boot lies between, by the wall clocks.</summary>
    public TimeSpan? Lasted => To is { } end ? end.Since(From) ?? end.Utc - From.Utc : null;

    internal Closure Since(Refusal? refused) => refused is { } known
        ? this with { From = known.Latest, Earliest = known.IsExact ? null : known.Earliest }
        : this;
}
