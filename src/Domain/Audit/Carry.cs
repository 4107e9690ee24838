using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>
/// The events of a journal that still matter: folding them in order gives the same state as folding all events. They
/// are a few dozen whatever the journal's length. A reader can start at any point that has them beside it, and
/// everything before that point can be dropped. <see cref="EventTable"/> determines which they are.
/// </summary>
/// <typeparam name="T">What represents an event: the event itself, or its line.</typeparam>
public sealed class Carry<T>
{
    private readonly Dictionary<object, Stack<(long Seq, T Item)>> _piles = [];

    /// <summary>The carried items, in the order of their events.</summary>
    public IEnumerable<T> Items =>
        _piles.Values.SelectMany(pile => pile).OrderBy(one => one.Seq).Select(one => one.Item);

    /// <summary>Adds the next event and removes those that it supersedes.</summary>
    public void Take(Envelope envelope, T item)
    {
        foreach (var (step, key) in EventTable.Of(envelope.Event).CarriedBy(envelope.Event))
        {
            switch (step)
            {
                case KeepStep.Add:
                    PileOf(key).Push((envelope.Seq, item));
                    break;
                case KeepStep.DropLast:
                    DropLast(key);
                    break;
                case KeepStep.DropAll:
                    _ = _piles.Remove(key);
                    break;
            }
        }
    }

    private Stack<(long Seq, T Item)> PileOf(object key)
    {
        if (!_piles.TryGetValue(key, out var pile))
        {
            _piles[key] = pile = new Stack<(long Seq, T Item)>();
        }

        return pile;
    }

    private void DropLast(object key)
    {
        if (_piles.TryGetValue(key, out var pile) && pile.TryPop(out _) && pile.Count == 0)
        {
            _ = _piles.Remove(key);
        }
    }
}
