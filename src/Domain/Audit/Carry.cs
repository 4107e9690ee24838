using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>
/// The events of a journal that still matter: folded in their order they give the state that all of them give. A few
/// dozen whatever the journal's length, so a reader can begin anywhere that has them beside it, and what is before can
/// be dropped. Which they are says <see cref="EventTable"/>.
/// </summary>
/// <typeparam name="T">What stands for an event: itself, or its line.</typeparam>
public sealed class Carry<T>
{
    private readonly Dictionary<object, Stack<(long Seq, T Item)>> _piles = [];

    /// <summary>What stands for them, in their order.</summary>
    public IEnumerable<T> Items =>
        _piles.Values.SelectMany(pile => pile).OrderBy(one => one.Seq).Select(one => one.Item);

    /// <summary>Takes the next event; what it makes superfluous goes.</summary>
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
