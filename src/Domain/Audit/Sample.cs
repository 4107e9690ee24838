using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>What a sample is of.</summary>
public enum SampleKind
{
    /// <summary>A gate closed.</summary>
    Closed,

    /// <summary>A redirect was added, with the opening that it came of.</summary>
    Added,

    /// <summary>A redirect was removed, with the close that it came of.</summary>
    Removed,

    /// <summary>The rules were not as they should be.</summary>
    Drift,

    /// <summary>Connections of clients were reset.</summary>
    Reset,
}

/// <summary>One thing that statistics count.</summary>
public sealed record Sample(SampleKind Kind, DateTimeOffset At, string Node)
{
    /// <summary>Why a gate closed.</summary>
    public string? Reason { get; init; }

    /// <summary>It closed unplanned within a minute of its opening.</summary>
    public bool IsFlap { get; init; }

    /// <summary>What iptables took.</summary>
    public TimeSpan? Command { get; init; }

    /// <summary>From what turned the gate to the change of the rule; null when that is not known.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>How many connections.</summary>
    public long Count { get; init; }
}

/// <summary>The samples of one node, from its events in their order.</summary>
public sealed record SampleFold
{
    private static readonly TimeSpan Flap = TimeSpan.FromMinutes(1);

    /// <summary>When something else was last observed than before.</summary>
    public Instant? Observed { get; init; }

    /// <summary>When the gate last opened.</summary>
    public Instant? Opened { get; init; }

    /// <summary>
    /// The event that turned the gate last; null after a planned close, which came of no observation.
    /// </summary>
    public long? Turn { get; init; }

    /// <summary>When that began which turned it.</summary>
    public Instant? Turned { get; init; }

    /// <param name="sample">The sample that the event is; null when it is none.</param>
    public SampleFold After(Envelope envelope, out Sample? sample)
    {
        var at = envelope.At;
        sample = envelope.Event switch
        {
            GateClosed e => Of(SampleKind.Closed) with
            {
                Reason = e.Reason,
                IsFlap = !e.Planned && Opened is { } opened && at.Since(opened) < Flap,
            },
            RedirectAdded e => Of(SampleKind.Added) with { Command = e.Change.Elapsed, Took = Took() },
            RedirectRemoved e => Of(SampleKind.Removed) with { Command = e.Change.Elapsed, Took = Took() },
            DriftFound => Of(SampleKind.Drift),
            ConnectionsReset e => Of(SampleKind.Reset) with { Count = e.Count },
            _ => null,
        };
        return envelope.Event switch
        {
            ObservationChanged => this with { Observed = at },
            GateOpened => this with { Opened = at, Turn = envelope.Seq, Turned = at },
            GateClosed { Planned: true } => this with { Turn = null, Turned = null },
            GateClosed => this with { Turn = envelope.Seq, Turned = Observed ?? at },
            _ => this,
        };

        Sample Of(SampleKind kind) => new(kind, at.Utc, envelope.Node);

        TimeSpan? Took() => Turn is { } turn && turn == envelope.Cause ? at.Since(Turned!.Value) : null;
    }
}
