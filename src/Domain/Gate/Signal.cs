using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>Everything that can happen to the daemon, stamped with the moment at which it was made.</summary>
public abstract record Signal
{
    private protected Signal(Instant at) => At = at;

    public Instant At { get; }
}

/// <summary>The daemon takes over.</summary>
/// <param name="Recorded">The last seq that the journal on disk holds.</param>
/// <param name="Families">The families whose tables it keeps: each reports once what it found before the gate is
/// decided.</param>
/// <param name="Repair">What was cut off the journal's end, where something was.</param>
/// <param name="Lease">How long the redirect works unrefreshed; null where no lease is kept.</param>
/// <param name="LeaseLives">The lease of the daemon before has not ended.</param>
/// <param name="DiskProbe">It probes the data disk: until the first answer nothing is known of that.</param>
/// <param name="Refreshed">When the daemon before refreshed its lease for the last time, if that is known.</param>
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

/// <summary>The configuration was read anew.</summary>
public sealed record PolicyLoaded(Instant at, Policy Policy) : Signal(at);

/// <summary>A poll came back.</summary>
public sealed record Observed(Instant at, Observation Observation) : Signal(at);

/// <summary>What a family's tables hold, told once at the start and whenever it is not what was told before.</summary>
/// <param name="Opened">The seq of the opening whose redirect is in place, exactly as it should be; null where none
/// is.</param>
/// <param name="Found">The redirect rules that are there; null where nobody could look.</param>
public sealed record RedirectReported(Instant at, Family Family, long? Opened, IReadOnlyList<string>? Found)
    : Signal(at);

/// <summary>What one change of the tables did.</summary>
public sealed record RedirectChanged(Instant at, RedirectResult Result) : Signal(at);

/// <summary>
/// Whether the data disk takes writes in time; told first when that is known, and then when it changes.
/// </summary>
public sealed record DiskChanged(Instant at, string? Trouble) : Signal(at);

/// <summary>
/// The connections made through the gate while an opening was in force have been reset, as far as that could be done.
/// </summary>
public sealed record ClientsReset(Instant at, long Opened, int Count, string? Failure) : Signal(at);

/// <summary>
/// The lease of an opening runs; told for the first refresh, and for the first that worked after one that did not.
/// </summary>
public sealed record LeaseRefreshed(Instant at, long Opened, TimeSpan Length) : Signal(at);

/// <summary>The lease of an opening was not refreshed for its whole length.</summary>
public sealed record LeaseRanOut(Instant at, long Opened, TimeSpan? Unrefreshed) : Signal(at);

/// <summary>The lease could not be refreshed or taken away, or was gone before its time.</summary>
public sealed record LeaseRefused(Instant at, string Why) : Signal(at);

/// <summary>The daemon itself stood still, until this moment.</summary>
public sealed record Stalled(Instant at, TimeSpan Lasted) : Signal(at);

/// <summary>Every event up to this seq is on disk.</summary>
public sealed record JournalSynced(Instant at, long Seq) : Signal(at);

/// <summary>The journal takes nothing at present.</summary>
public sealed record JournalUnavailable(Instant at, string Why) : Signal(at);

/// <summary>Sealed segments of the journal were dropped before the archive had them.</summary>
public sealed record EventsDropped(Instant at, long First, long Last, string Why) : Signal(at);

/// <summary>The archive has what is not this journal's.</summary>
public sealed record ShippingRefused(Instant at, string Why) : Signal(at);

public sealed record HoldRequested(Instant at, Holds Hold, string By, string Why) : Signal(at);

/// <summary>A person wrote a note about an event.</summary>
public sealed record NoteWritten(Instant at, long About, string By, string Text) : Signal(at);

public sealed record HoldReleased(Instant at, Holds Hold, string By) : Signal(at);

/// <summary>The daemon is to end: the gate closes first.</summary>
/// <param name="KeepRedirect">Leave the redirect to the next daemon, as for a package upgrade.</param>
public sealed record Stopping(Instant at, bool KeepRedirect) : Signal(at);

/// <summary>Everything that was to be done before the end is done.</summary>
public sealed record Stopped(Instant at, string Why) : Signal(at);
