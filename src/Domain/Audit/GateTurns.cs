using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>A gate began to let clients in, or to refuse them.</summary>
public sealed record GateTurn(DateTimeOffset At, string Node, bool Open);

/// <summary>When gates turned, as clients met it, by the wall clocks.</summary>
public static class GateTurns
{
    /// <summary>Every turn, in the order of time.</summary>
    public static IReadOnlyList<GateTurn> Of(IEnumerable<Envelope> events)
    {
        var (turns, nodes) = (new List<GateTurn>(), new Dictionary<string, ClientAccess>(StringComparer.Ordinal));
        var starting = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var envelope in events)
        {
            var (node, at) = (envelope.Node, envelope.At.Utc);
            var before = nodes.GetValueOrDefault(node, new ClientAccess());
            var access = nodes[node] = before.After(envelope);
            if (access.Opened is not null && before.Opened is null)
            {
                // What a daemon took over was open all along.
                if (envelope.Event is GateAdopted && starting.Remove(node, out var index))
                {
                    turns[index] = turns[index] with { Open = true };
                }

                turns.Add(new GateTurn(at, node, true));
            }
            else if (access.Refused is { } refused && (before.Opened is not null || access.Reveals))
            {
                starting[node] = turns.Count;
                turns.Add(new GateTurn(refused.Latest.Utc, node, false));
            }
        }

        return [.. turns.OrderBy(turn => turn.At)];
    }
}
