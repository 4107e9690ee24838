using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>When clients of a gate were first refused: at some moment between these two.</summary>
public readonly record struct Refusal(Instant Earliest, Instant Latest)
{
    public static Refusal At(Instant moment) => new(moment, moment);

    public bool IsExact => Earliest == Latest;
}

/// <summary>The gate that a daemon left open when it ended.</summary>
/// <param name="Opened">When the gate had opened.</param>
/// <param name="Seen">When the daemon's last event happened.</param>
/// <param name="Lease">How long its lease lives without a refresh, whatever the next daemon's does.</param>
public sealed record LeftOpen(Instant Opened, Instant Seen, TimeSpan? Lease);

/// <summary>
/// Whether clients of one node got through, from the node's events in order. A lease that is not refreshed expires by
/// itself, and the record shows that only later, in an event of the daemon that resumes or of the next one that starts.
/// So an event can show that clients had been refused before it. Every reading of the audit uses this fold.
/// </summary>
public sealed record ClientAccess
{
    /// <summary>Since when clients are refused; null while they get through, and before anything is known.</summary>
    public Refusal? Refused { get; init; }

    /// <summary>When the gate opened; null while it is closed.</summary>
    public Instant? Opened { get; init; }

    /// <summary>The gate is closed because its lease expired or its host went down.</summary>
    public bool IsLapsed { get; init; }

    /// <summary>The last event shows that clients were already refused before it.</summary>
    public bool Reveals { get; init; }

    /// <summary>How long the lease lives without a refresh; null if there is no lease.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>The last event.</summary>
    public Instant? Seen { get; init; }

    /// <summary>The opening and the last event of a daemon that ended without closing its gate.</summary>
    public LeftOpen? Left { get; init; }

    public ClientAccess After(Envelope envelope)
    {
        var at = envelope.At;
        var next = this with { Reveals = false, Seen = at };
        return envelope.Event switch
        {
            GateOpened => next.Open(at),
            // The previous daemon's clients got through all the time.
            GateAdopted => next.Open(Left?.Opened ?? Opened ?? at),
            GateClosed => next.Close(at),
            LeaseArmed e => next with { Lease = e.Length },
            DaemonStarted e => next.Start(at, e, Seen),
            LeaseLapsed { Unrefreshed: { } time } when Opened is not null =>
                next.Lapse(Ended(Back(at, time), at, Lease)),
            LeaseLapsed e when !IsLapsed && e.Refreshed is { } refreshed && IsOf(Left?.Opened ?? Opened, refreshed) =>
                next.Lapse(Ended(refreshed, at, Left is { } left ? left.Lease : Lease)),
            LeaseLapsed when !IsLapsed && (Left?.Seen ?? Seen) is { } seen => next.Lapse(Between(seen, at)),
            _ => next,
        };
    }

    private ClientAccess Open(Instant at) =>
        this with { Opened = at, Refused = null, IsLapsed = false, Left = null };

    private ClientAccess Close(Instant at) =>
        this with { Opened = null, Refused = Refused ?? Refusal.At(at), Left = null };

    private ClientAccess Lapse(Refusal refused) =>
        this with { Opened = null, Refused = refused, IsLapsed = true, Reveals = true, Left = null };

    private ClientAccess Start(Instant at, DaemonStarted started, Instant? seen)
    {
        var next = this with { Lease = started.Lease };
        if (Opened is not { } opened || seen is not { } last)
        {
            // Nothing is recorded from before a node's first event.
            return next with { Refused = Refused ?? (seen is null ? null : Refusal.At(at)) };
        }

        if (at.Since(last) is null || (started.Refreshed is { } other && at.Since(other) is null))
        {
            // The host was rebooted. No redirect survives a reboot, and when the last one ended is not recorded.
            var before = started.Refreshed is { } known && known.Utc > last.Utc ? known : last;
            return next.Lapse(Between(before, BeginningOfBoot(at)));
        }

        return started.Refreshed is { } refreshed && IsOf(opened, refreshed) && at.Since(refreshed) >= Lease
            ? next.Lapse(Ended(refreshed, at, Lease))
            : next with { Opened = null, Refused = Refusal.At(at), Left = new LeftOpen(opened, last, Lease) };
    }

    /// <summary>When a lease expired, given its last refresh.</summary>
    private static Refusal Ended(Instant refreshed, Instant found, TimeSpan? lease) =>
        lease is { } length && found.Since(refreshed) >= length
            ? Refusal.At(Back(refreshed, -length))
            : Between(refreshed, found);

    /// <summary>A refresh before the opening belongs to an earlier lease.</summary>
    private static bool IsOf(Instant? opened, Instant refreshed) =>
        opened is { } moment && !(refreshed.Since(moment) < TimeSpan.Zero);

    private static Refusal Between(Instant one, Instant other) =>
        other.Utc > one.Utc ? new Refusal(one, other) : Refusal.At(other);

    private static Instant Back(Instant moment, TimeSpan time) =>
        new(moment.Utc - time, moment.Monotonic - time, moment.Boot);

    private static Instant BeginningOfBoot(Instant at) => Back(at, at.Monotonic);
}
