using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>What is known of a node's record beside its events.</summary>
/// <param name="Now">The moment of reading.</param>
/// <param name="Seen">When its last event of any type happened; null when only the events that are read say so.</param>
/// <param name="Refreshed">When the gate's lease was last refreshed; null when that is not known.</param>
public sealed record Witness(Instant Now, DateTimeOffset? Seen, Instant? Refreshed);

/// <summary>
/// The end of a record whose gate was open and whose daemon has not come back: clients are refused since its lease
/// ended, and there is no daemon to write that down.
/// </summary>
public static class RecordEnd
{
    /// <summary>A daemon that runs records an event at least this often: the same observation is held hourly.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(61);

    /// <summary>The events, and after them that the lease ended, if that follows from what is known.</summary>
    public static IEnumerable<Envelope> Complete(IEnumerable<Envelope> events, Func<Witness> witness)
    {
        var (last, access) = ((Envelope?)null, new ClientAccess());
        foreach (var envelope in events)
        {
            (last, access) = (envelope, access.After(envelope));
            yield return envelope;
        }

        if (last is not null && LapseAfter(last.Node, last.Seq, access, witness) is { } lapse)
        {
            yield return lapse;
        }
    }

    /// <summary>That the lease ended, as an event that no journal has; null when the gate may be open still.</summary>
    /// <param name="seq">The last event.</param>
    /// <param name="access">What clients met up to there.</param>
    public static Envelope? LapseAfter(string node, long seq, ClientAccess access, Func<Witness> ask)
    {
        // Without a lease the redirect stays.
        if (access is not { Opened: { } opened, Lease: { } lease, Seen: { } last })
        {
            return null;
        }

        var witness = ask();
        if (witness.Refreshed is { } refreshed && refreshed.Since(opened) >= TimeSpan.Zero)
        {
            return witness.Now.Since(refreshed) > lease ? Lapse(witness.Now, refreshed) : null;
        }

        var seen = witness.Seen > last.Utc ? witness.Seen.Value : last.Utc;
        var latest = seen + LongestSilence + lease;
        return witness.Now.Utc > latest ? Lapse(Later(last, latest - last.Utc), null) : null;

        Envelope Lapse(Instant at, Instant? refresh) =>
            new(seq, at, node, new LeaseLapsed(null, refresh), null, null, null) { IsInferred = true };
    }

    private static Instant Later(Instant moment, TimeSpan time) =>
        moment with { Utc = moment.Utc + time, Monotonic = moment.Monotonic + time };
}
