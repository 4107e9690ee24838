using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>What a sample measures.</summary>
public enum SampleKind
{
    /// <summary>A gate closed.</summary>
    Closed,

    /// <summary>A redirect was added; the opening is its cause.</summary>
    Added,

    /// <summary>A redirect was removed; the close is its cause.</summary>
    Removed,

    /// <summary>The rules were not as they should be.</summary>
    Drift,

    /// <summary>Client connections were reset.</summary>
    Reset,
}

/// <summary>One item that the statistics count.</summary>
public sealed record Sample(SampleKind Kind, DateTimeOffset At, string Node)
{
    /// <summary>Why a gate closed.</summary>
    public string? Reason { get; init; }

    /// <summary>The gate closed unplanned within a minute of its opening.</summary>
    public bool IsFlap { get; init; }

    /// <summary>How long the iptables command took.</summary>
    public TimeSpan? Command { get; init; }

    /// <summary>From the event that opened or closed the gate to the rule change; null if unknown.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>How many connections were reset.</summary>
    public long Count { get; init; }
}

/// <summary>Folds the events of one node, in order, into samples.</summary>
public sealed record SampleFold
{
    private static readonly TimeSpan Flap = TimeSpan.FromMinutes(1);

    /// <summary>When the observation last changed.</summary>
    public Instant? Observed { get; init; }

    /// <summary>When the gate last opened.</summary>
    public Instant? Opened { get; init; }

    /// <summary>
    /// The last event that opened or closed the gate; null after a planned close, which no observation caused.
    /// </summary>
    public long? Turn { get; init; }

    /// <summary>When the observation behind that event began.</summary>
    public Instant? Turned { get; init; }

    /// <param name="sample">The sample that this event is; null if it is not one.</param>
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
