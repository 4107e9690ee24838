using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>How things stood after an event of a stream.</summary>
/// <param name="Version">The event's seq.</param>
/// <param name="At">When it happened.</param>
/// <param name="End">The fold of the closures up to it; null when no event mattered to them yet.</param>
/// <param name="Carried">The seqs of the events that still matter to the state.</param>
/// <param name="Ended">The closures that ended since the snapshot before.</param>
internal sealed record Snapshot(
    long Version,
    DateTimeOffset At,
    ClosureState? End,
    IReadOnlyList<long> Carried,
    IReadOnlyList<Closure> Ended);

/// <summary>
/// Folds a stream into what questions are answered from: its closures, and a snapshot every <see cref="Step"/> events,
/// from which a reader can begin. Snapshots follow from the events alone, so whoever makes one makes the same.
/// </summary>
internal sealed class StreamFold
{
    /// <summary>A snapshot is made of each event whose seq is a multiple of it.</summary>
    public const int Step = 25;

    private static readonly HashSet<string> ClosureTypes = Failovers.Types.ToHashSet(StringComparer.Ordinal);

    private readonly Carry<long> _carry = new();
    private readonly List<Closure> _ended = [];
    private ClosureState? _end;

    /// <param name="version">The seq of the last event that is folded; 0 at the beginning of a stream.</param>
    /// <param name="end">As a snapshot of it has it.</param>
    /// <param name="carried">The events that a snapshot of it names, in their order.</param>
    public StreamFold(long version = 0, ClosureState? end = null, IEnumerable<Envelope>? carried = null)
    {
        (Version, _end) = (version, end);
        foreach (var envelope in carried ?? [])
        {
            _carry.Take(envelope, envelope.Seq);
        }
    }

    /// <summary>The seq of the last event that is folded.</summary>
    public long Version { get; private set; }

    /// <summary>Takes the next event; gives the snapshot that is due with it, or null.</summary>
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
