using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>An opening or closing of a gate, with its reason.</summary>
public readonly record struct GateChange(Instant At, bool Open, string Reason);

/// <summary>What a policy would have done with given observations, starting from a closed gate.</summary>
public static class WhatIf
{
    public static IEnumerable<GateChange> Run(Policy policy, IEnumerable<Observed> observations)
    {
        var state = new GateState { OpenAfter = policy.Gate.OpenAfter };
        var memory = new GateMemory("what-if", policy);
        foreach (var observed in observations)
        {
            (state, memory, var events) = GateDecider.Take(state, memory, observed);
            foreach (var envelope in events)
            {
                switch (envelope.Event)
                {
                    case GateOpened opened:
                        yield return new GateChange(envelope.At, true, opened.Reason);
                        break;
                    case GateClosed closed:
                        yield return new GateChange(envelope.At, false, closed.Reason);
                        break;
                    default:
                        break;
                }
            }
        }
    }
}
