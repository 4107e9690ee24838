using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests;

/// <summary>A daemon without a world: signals in, everything it shows out. Times are seconds.</summary>
internal sealed class Play
{
    private readonly List<Envelope> _events = [];

    public Play(Policy? policy = null, params Family[] families)
    {
        Memory = new GateMemory("n1", policy ?? Policy.Default);
        Take(new Starting(Given.Second(0), "1.0", Memory.Policy, 0, families, null));
    }

    public GateState State { get; private set; } = new();

    public GateMemory Memory { get; private set; }

    public IReadOnlyList<Envelope> Events => _events;

    public Standing Standing => _events.Aggregate(new Standing(), (standing, envelope) => standing.After(envelope));

    public Play Take(Signal signal)
    {
        (State, Memory, var events) = GateDecider.Take(State, Memory, signal);
        _events.AddRange(events);
        return this;
    }

    public Play See(double second, params (string Name, string? Value)[] changes) => Take(new Observed(Given.Second(second), Given.Node(changes)));

    public Play Synced(double second) => Take(new JournalSynced(Given.Second(second), State.Seq));

    public string Next(double second) => NextStep.Of(State, Memory, Given.Second(second)).Words;
}
