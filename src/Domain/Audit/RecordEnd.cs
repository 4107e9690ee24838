using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>What is known about a node's record apart from the events that are read.</summary>
/// <param name="Now">The time of reading.</param>
/// <param name="Seen">When its last event of any type happened; null if that is known only from the events that are
/// read.</param>
/// <param name="Refreshed">When the gate's lease was last refreshed; null if unknown.</param>
public sealed record Witness(Instant Now, DateTimeOffset? Seen, Instant? Refreshed);

/// <summary>
/// Completes a record that ends with the gate open although its daemon is gone: clients have been refused since the
/// lease expired, but no daemon is running to record that.
/// </summary>
public static class RecordEnd
{
    /// <summary>
    /// A running daemon records an event at least this often: an unchanged observation is recorded every hour.
    /// </summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(61);

    /// <summary>The events, followed by an event for the expired lease if the expiry can be inferred.</summary>
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

    /// <summary>An event for the expired lease, which is in no journal; null if the gate may still be open.</summary>
    /// <param name="seq">The last event.</param>
    /// <param name="access">Whether clients got through, up to that event.</param>
    public static Envelope? LapseAfter(string node, long seq, ClientAccess access, Func<Witness> ask)
    {
        // Without a lease the redirect stays in place.
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
