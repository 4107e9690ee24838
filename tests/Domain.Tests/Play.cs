using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests;

/// <summary>A daemon without a world: signals go in, everything it shows comes out. Times are in seconds.</summary>
internal sealed class Play
{
    private readonly List<Envelope> _events = [];

    public Play(Policy? policy = null, params Family[] families)
        : this(new GateState(), policy ?? Policy.Default, Given.Second(0), families)
    {
    }

    /// <summary>A daemon that starts from what the previous one left.</summary>
    public Play(GateState state, Policy policy, Instant at, params Family[] families)
    {
        State = state;
        Memory = new GateMemory("n1", policy);
        Take(new Starting(at, "1.0", policy, state.Seq, families, null));
    }

    public GateState State { get; private set; }

    public GateMemory Memory { get; private set; }

    public IReadOnlyList<Envelope> Events => _events;

    public Standing Standing => _events.Aggregate(new Standing(), (standing, envelope) => standing.After(envelope));

    public Play Take(Signal signal)
    {
        (State, Memory, var events) = GateDecider.Take(State, Memory, signal);
        _events.AddRange(events);
        return this;
    }

    public Play See(double second, params (string Name, string? Value)[] changes) =>
        Take(new Observed(Given.Second(second), Given.Node(changes)));

    public Play Synced(double second) => Take(new JournalSynced(Given.Second(second), State.Seq));

    public string Next(double second) => NextStep.Of(State, Memory, Given.Second(second)).Words;
}
