using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Loop;

/// <summary>What the loop shows to everybody else after each turn: one immutable value.</summary>
internal sealed record Snapshot(GateState State, GateMemory Memory, Standing Standing)
{
    /// <summary>What the turn made happen.</summary>
    public IReadOnlyList<Envelope> Events { get; init; } = [];

    /// <summary>What a daemon starts from: the record of those before it.</summary>
    /// <param name="recorded">The events that the state folds from.</param>
    /// <param name="lastSeq">The last seq of the journal: what changed no state may not be among the events.</param>
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
