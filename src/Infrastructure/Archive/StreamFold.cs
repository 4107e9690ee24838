using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>The fold of a stream after an event.</summary>
/// <param name="Version">The event's seq.</param>
/// <param name="At">When it happened.</param>
/// <param name="End">The fold of the closures up to it; null if no event has mattered to them yet.</param>
/// <param name="Carried">The seqs of the events that still matter to the state.</param>
/// <param name="Ended">The closures that ended since the previous snapshot.</param>
internal sealed record Snapshot(
    long Version,
    DateTimeOffset At,
    ClosureState? End,
    IReadOnlyList<long> Carried,
    IReadOnlyList<Closure> Ended);

/// <summary>
/// Folds a stream into its closures and a snapshot every <see cref="Step"/> events, from which a reader can continue.
/// Snapshots follow from the events alone, so every writer makes the same ones.
/// </summary>
internal sealed class StreamFold
{
    /// <summary>A snapshot is made for each event whose seq is a multiple of this.</summary>
    public const int Step = 25;

    private static readonly HashSet<string> ClosureTypes = Failovers.Types.ToHashSet(StringComparer.Ordinal);

    private readonly Carry<long> _carry = new();
    private readonly List<Closure> _ended = [];
    private ClosureState? _end;

    /// <param name="version">The seq of the last folded event; 0 at the beginning of a stream.</param>
    /// <param name="end">From a snapshot at that event.</param>
    /// <param name="carried">The events that the snapshot names, in order.</param>
    public StreamFold(long version = 0, ClosureState? end = null, IEnumerable<Envelope>? carried = null)
    {
        (Version, _end) = (version, end);
        foreach (var envelope in carried ?? [])
        {
            _carry.Take(envelope, envelope.Seq);
        }
    }

    /// <summary>The seq of the last folded event.</summary>
    public long Version { get; private set; }

    /// <summary>Adds the next event and returns the snapshot that is due with it, or null.</summary>
    public Snapshot? Take(Envelope envelope)
    {
        if (ClosureTypes.Contains(envelope.Type))
        {
            var fold = (_end?.Fold ?? new ClosureFold()).After(envelope, out var ended);
            _end = new ClosureState(envelope.Node, envelope.Seq, fold);
            _ended.AddRange(ended is null ? [] : [ended]);
        }

        _carry.Take(envelope, envelope.Seq);
        Version = envelope.Seq;
        if (Version % Step != 0)
        {
            return null;
        }

        var snapshot = new Snapshot(Version, envelope.At.Utc, _end, [.. _carry.Items], [.. _ended]);
        _ended.Clear();
        return snapshot;
    }
}
