using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Loop;

/// <summary>What the loop shows to everybody else after each turn: one immutable value.</summary>
internal sealed record Snapshot(GateState State, GateMemory Memory, Standing Standing)
{
    /// <summary>What the turn made happen.</summary>
    public IReadOnlyList<Envelope> Events { get; init; } = [];
}
