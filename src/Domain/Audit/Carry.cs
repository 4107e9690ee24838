using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Audit;

/// <summary>
/// The events of a journal that still matter: folded in their order they give the state that all of them give. A few dozen whatever the journal's length,
/// so a reader can begin anywhere that has them beside it, and what is before can be dropped.
/// </summary>
/// <typeparam name="T">What stands for an event: itself, or its line.</typeparam>
public sealed class Carry<T>
{
    private readonly Dictionary<object, (long Seq, T Item)> _last = [];
    private readonly Dictionary<(Family Family, string Rule), Stack<(long Seq, T Item)>> _rules = [];
    private readonly List<(long Seq, T Item)> _policy = [];

    /// <summary>What stands for them, in their order.</summary>
    public IEnumerable<T> Items => _last.Values.Concat(_rules.Values.SelectMany(rules => rules)).Concat(_policy).OrderBy(one => one.Seq).Select(one => one.Item);

    /// <summary>Takes the next event; what it makes superfluous goes.</summary>
    public void Take(Envelope envelope, T item)
    {
        var one = (envelope.Seq, item);
        switch (envelope.Event)
        {
            case DaemonStarted:
                _policy.Clear();
                _last[typeof(DaemonStarted)] = one;
                break;
            case PolicyChanged:
                _policy.Add(one);
                break;
            case ObservationChanged e:
                // The last answer outlives the errors that follow it.
                _last[(typeof(ObservationChanged), e.Observation.Error == ProbeError.None)] = one;
                break;
            case NodeStateChanged e:
                _last[(typeof(NodeStateChanged), e.To.IsProviders())] = one;
                break;
            case HoldPlaced e:
                _last[e.Hold] = one;
                break;
            case HoldLifted e:
                _last[e.Hold] = one;
                break;
            case RedirectAdded e:
                Add(e.Change.Family, e.Change.Rule, one);
                _ = _last.Remove(FailureOf(e.Change));
                break;
            case RedirectRemoved e:
                Remove(e.Change.Family, e.Change.Rule);
                _ = _last.Remove(FailureOf(e.Change));
                break;
            case DriftFound { IsRedirect: false }:
                break;
            case DriftFound { IsThere: true } e:
                Add(e.Family, e.Rule, one);
                break;
            case DriftFound e:
                Remove(e.Family, e.Rule);
                break;
            case RuleAdded e:
                _ = _last.Remove(FailureOf(e.Change));
                break;
            case RuleRemoved e:
                _ = _last.Remove(FailureOf(e.Change));
                break;
            case RedirectChangeFailed e:
                _last[FailureOf(e.Change)] = one;
                break;
            case VerdictChanged or GateOpening or GateOpened or GateAdopted or GateClosing or GateClosed or GateStayedOpen or GateStayedClosed
                or LeaseArmed or LeaseLapsed or LeaseFailed or ConnectionsReset or DiskProbed:
                _last[envelope.Event.GetType()] = one;
                break;
            default:
                // What changes no state.
                break;
        }
    }

    private static object FailureOf(RuleChange change) => (typeof(RedirectChangeFailed), change.Family);

    private void Add(Family family, string rule, (long Seq, T Item) one)
    {
        if (!_rules.TryGetValue((family, rule), out var there))
        {
            _rules[(family, rule)] = there = new Stack<(long Seq, T Item)>();
        }

        there.Push(one);
    }

    private void Remove(Family family, string rule)
    {
        if (_rules.TryGetValue((family, rule), out var there) && there.TryPop(out _) && there.Count == 0)
        {
            _ = _rules.Remove((family, rule));
        }
    }
}
