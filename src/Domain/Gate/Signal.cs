using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>Everything that can happen to the daemon, with the time at which it happened.</summary>
public abstract record Signal
{
    private protected Signal(Instant at) => At = at;

    public Instant At { get; }
}

/// <summary>The daemon starts.</summary>
/// <param name="Recorded">The last seq in the journal on disk.</param>
/// <param name="Families">The address families whose rules it keeps. Each reports once what it found before the gate is
/// decided.</param>
/// <param name="Repair">What was cut off the journal's end, if anything.</param>
/// <param name="Lease">How long the redirect works without a refresh; null if there is no lease.</param>
/// <param name="LeaseLives">The previous daemon's lease has not expired.</param>
/// <param name="DiskProbe">The daemon probes the data disk; until the first answer the disk's state is unknown.</param>
/// <param name="Refreshed">When the previous daemon last refreshed its lease, if known.</param>
public sealed record Starting(
    Instant at,
    string Version,
    Policy Policy,
    long Recorded,
    IReadOnlyList<Family> Families,
    JournalRepaired? Repair,
    TimeSpan? Lease = null,
    bool LeaseLives = false,
    bool DiskProbe = false,
    Instant? Refreshed = null) : Signal(at);

/// <summary>The configuration was reloaded.</summary>
public sealed record PolicyLoaded(Instant at, Policy Policy) : Signal(at);

/// <summary>A poll returned.</summary>
public sealed record Observed(Instant at, Observation Observation) : Signal(at);

/// <summary>The rules of one address family, reported once at start and on every change.</summary>
/// <param name="Opened">The seq of the opening whose redirect is in place, exactly as it should be; null if there is
/// none.</param>
/// <param name="Found">The existing redirect rules; null if they could not be listed.</param>
public sealed record RedirectReported(Instant at, Family Family, long? Opened, IReadOnlyList<string>? Found)
    : Signal(at);

/// <summary>The result of one change of the rules.</summary>
public sealed record RedirectChanged(Instant at, RedirectResult Result) : Signal(at);

/// <summary>Whether the data disk completes writes in time; reported once when known, and on every change.</summary>
public sealed record DiskChanged(Instant at, string? Trouble) : Signal(at);

/// <summary>The connections made through the gate during an opening have been reset, as far as possible.</summary>
public sealed record ClientsReset(Instant at, long Opened, int Count, string? Failure) : Signal(at);

/// <summary>
/// The lease of an opening is active; reported for the first refresh, and for the first success after a failure.
/// </summary>
public sealed record LeaseRefreshed(Instant at, long Opened, TimeSpan Length) : Signal(at);

/// <summary>The lease of an opening was not refreshed for its whole length.</summary>
public sealed record LeaseRanOut(Instant at, long Opened, TimeSpan? Unrefreshed) : Signal(at);

/// <summary>The lease could not be refreshed or removed, or it disappeared before its time.</summary>
public sealed record LeaseRefused(Instant at, string Why) : Signal(at);

/// <summary>The daemon itself stood still until this moment.</summary>
public sealed record Stalled(Instant at, TimeSpan Lasted) : Signal(at);

/// <summary>Every event up to this seq is on disk.</summary>
public sealed record JournalSynced(Instant at, long Seq) : Signal(at);

/// <summary>The journal cannot be written at present.</summary>
public sealed record JournalUnavailable(Instant at, string Why) : Signal(at);

/// <summary>Sealed segments of the journal were deleted before the archive had them.</summary>
public sealed record EventsDropped(Instant at, long First, long Last, string Why) : Signal(at);

/// <summary>The archive has events that are not from this journal.</summary>
public sealed record ShippingRefused(Instant at, string Why) : Signal(at);

public sealed record HoldRequested(Instant at, Holds Hold, string By, string Why) : Signal(at);

/// <summary>A person wrote a note about an event.</summary>
public sealed record NoteWritten(Instant at, long About, string By, string Text) : Signal(at);

public sealed record HoldReleased(Instant at, Holds Hold, string By) : Signal(at);

/// <summary>The daemon should stop; the gate closes first.</summary>
/// <param name="KeepRedirect">Leave the redirect to the next daemon, as for a package upgrade.</param>
public sealed record Stopping(Instant at, bool KeepRedirect) : Signal(at);

/// <summary>Everything that had to be done before the end is done.</summary>
public sealed record Stopped(Instant at, string Why) : Signal(at);
