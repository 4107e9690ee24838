using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Loop;

/// <summary>What the loop publishes after each turn: one immutable value.</summary>
internal sealed record Snapshot(GateState State, GateMemory Memory, Standing Standing)
{
    /// <summary>The events of the turn.</summary>
    public IReadOnlyList<Envelope> Events { get; init; } = [];

    /// <summary>The state in which a daemon starts, from the record of its predecessors.</summary>
    /// <param name="recorded">The events that fold to the state.</param>
    /// <param name="lastSeq">The last seq of the journal: events that change no state may be missing from the
    /// list.</param>
    public static Snapshot AtStart(string node, Policy policy, IEnumerable<Envelope> recorded, long lastSeq)
    {
        var (state, standing) = (new GateState(), new Standing());
        foreach (var envelope in recorded)
        {
            (state, standing) = (GateDecider.Evolve(state, envelope), standing.After(envelope));
        }

        state = state with { Seq = Math.Max(state.Seq, lastSeq) };
        return new Snapshot(state, new GateMemory(node, policy), standing);
    }
}
