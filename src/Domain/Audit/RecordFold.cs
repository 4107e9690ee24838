using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>The times of a node's first and last event.</summary>
public sealed record NodeSpan(string Node, DateTimeOffset First, DateTimeOffset Last)
{
    public NodeSpan With(DateTimeOffset at) =>
        at < First ? this with { First = at }
        : at > Last ? this with { Last = at }
        : this;
}

/// <summary>The folds of a record as of one event.</summary>
/// <param name="Closures">Null if no event has mattered to them yet.</param>
/// <param name="Spans">Each node that the record names: one, unless the node was renamed.</param>
public sealed record RecordState(ClosureState? Closures, SampleFold Samples, IReadOnlyList<NodeSpan> Spans)
{
    public static RecordState None { get; } = new(null, new SampleFold(), []);
}

/// <summary>
/// Folds the events of one node's record, one part after the other, into the data for <c>failovers</c> and
/// <c>stats</c>.
/// </summary>
public sealed class RecordFold(RecordState begin)
{
    private static readonly HashSet<string> ClosureTypes = Failovers.Types.ToHashSet(StringComparer.Ordinal);

    private readonly List<Closure> _ended = [];
    private readonly List<Sample> _samples = [];
    private readonly List<Envelope> _notes = [];
    private readonly List<NodeSpan> _spans = [.. begin.Spans];
    private ClosureState? _closures = begin.Closures;
    private SampleFold _fold = begin.Samples;

    /// <summary>The closures that ended.</summary>
    public IReadOnlyList<Closure> Ended => _ended;

    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Notes that people wrote about events.</summary>
    public IReadOnlyList<Envelope> Notes => _notes;

    public RecordState State => new(_closures, _fold, [.. _spans]);

    public void Take(Envelope envelope)
    {
        if (ClosureTypes.Contains(envelope.Type))
        {
            var (ended, end) = ClosureState.Of([envelope], _closures);
            _ended.AddRange(ended);
            _closures = end;
        }

        _fold = _fold.After(envelope, out var sample);
        _samples.AddRange(sample is null ? [] : [sample]);
        _notes.AddRange(envelope.Event is Annotated ? [envelope] : []);
        var at = envelope.At.Utc;
        var place = _spans.FindIndex(span => span.Node == envelope.Node);
        if (place < 0)
        {
            _spans.Add(new NodeSpan(envelope.Node, at, at));
        }
        else
        {
            _spans[place] = _spans[place].With(at);
        }
    }
}
