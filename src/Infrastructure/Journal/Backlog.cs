using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The events that wait for the disk. Beyond its limit it keeps only the events that matter to the state. Each other
/// event is written as an <see cref="AuditGap"/> in its place, so no seq is missing and only history is lost. However
/// long the disk fails, only a few dozen events matter: a redirect that was added and removed while waiting no longer
/// does.
/// </summary>
internal sealed class Backlog
{
    /// <summary>The most events that wait. An hour of the worst flapping produces about half as many.</summary>
    public const int Limit = 20_000;

    /// <summary>
    /// The most redirects that may be on disk as added when the disk stops accepting events; a host has two.
    /// </summary>
    private const int MostRulesOnDisk = 1000;

    /// <param name="Last">The last lost seq; null for an event that is kept.</param>
    private readonly record struct Waiting(Envelope First, long? Last)
    {
        public long Count => Last is { } last ? last - First.Seq + 1 : 1;
    }

    private readonly List<Waiting> _waiting = [];
    private int _kept;

    public long Count { get; private set; }

    public void Add(Envelope envelope)
    {
        _waiting.Add(new Waiting(envelope, null));
        Count++;
        if (_waiting.Count >= Limit)
        {
            Thin();
        }
    }

    /// <summary>The first this many are being written, so they must not change.</summary>
    public void Keep(int count) => _kept = count;

    /// <summary>The next events to write.</summary>
    public IReadOnlyList<Envelope> First(int most) => [.. _waiting.SelectMany(Written).Take(most)];

    /// <summary>The first this many are on disk.</summary>
    public void Remove(int count)
    {
        Count -= count;
        var whole = 0;
        while (count > 0 && _waiting[whole].Count <= count)
        {
            count -= (int)_waiting[whole++].Count;
        }

        _waiting.RemoveRange(0, whole);
        if (count > 0)
        {
            _waiting[0] = _waiting[0] with { First = _waiting[0].First with { Seq = _waiting[0].First.Seq + count } };
        }
    }

    private static IEnumerable<Envelope> Written(Waiting waiting)
    {
        if (waiting.Last is not { } last)
        {
            yield return waiting.First;
            yield break;
        }

        for (var seq = waiting.First.Seq; seq <= last; seq++)
        {
            yield return waiting.First with
            {
                Seq = seq,
                Event = new AuditGap(
                    waiting.First.Seq, last, "the disk could not be written for so long that not every event was kept"),
                Cause = null,
            };
        }
    }

    private void Thin()
    {
        var matter = Matter();
        var (thinned, passed) = (new List<Waiting>(), 0L);
        foreach (var waiting in _waiting)
        {
            if (passed < _kept || (waiting.Last is null && matter.Contains(waiting.First.Seq)))
            {
                thinned.Add(waiting);
            }
            else if (thinned.Count > 0 && thinned[^1].Last is not null)
            {
                thinned[^1] = thinned[^1] with { Last = waiting.Last ?? waiting.First.Seq };
            }
            else
            {
                thinned.Add(waiting with { Last = waiting.Last ?? waiting.First.Seq });
            }

            passed += waiting.Count;
        }

        _waiting.Clear();
        _waiting.AddRange(thinned);
    }

    /// <summary>The seqs of the events that must be written.</summary>
    private HashSet<long> Matter()
    {
        var (carry, passed) = (new Carry<long>(), 0L);
        var (came, went) = (new Dictionary<(Family, string), int>(), new Queue<long>());
        foreach (var waiting in _waiting)
        {
            var isKept = passed < _kept;
            passed += waiting.Count;
            if (waiting.Last is not null)
            {
                continue;
            }

            carry.Take(waiting.First, waiting.First.Seq);
            if (StepOf(waiting.First.Event) is not { } step)
            {
                continue;
            }

            var here = came.GetValueOrDefault((step.Family, step.Rule));
            if (step.Came)
            {
                // What is being written counts as on disk.
                came[(step.Family, step.Rule)] = isKept ? here : here + 1;
            }
            else if (here > 0)
            {
                came[(step.Family, step.Rule)] = here - 1;
            }
            else
            {
                // It is on disk as added, so its removal must be written too.
                went.Enqueue(waiting.First.Seq);
                if (went.Count > MostRulesOnDisk)
                {
                    _ = went.Dequeue();
                }
            }
        }

        return [.. carry.Items, .. went];
    }

    private static (bool Came, Family Family, string Rule)? StepOf(AuditEvent @event) => @event switch
    {
        RedirectAdded e => (true, e.Change.Family, e.Change.Rule),
        RedirectRemoved e => (false, e.Change.Family, e.Change.Rule),
        DriftFound { IsRedirect: not false } e => (e.IsThere, e.Family, e.Rule),
        _ => null,
    };
}
