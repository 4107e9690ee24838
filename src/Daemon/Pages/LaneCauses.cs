using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Pages;

/// <summary>A time in which a node was unfit, and why: drawn in the node's own lane, where it began.</summary>
internal sealed record LaneCause(
    string Node, long Seq, DateTimeOffset From, DateTimeOffset? To, string Words, bool IsHold);

/// <summary>Why gates closed, as stretches: read-only, holds and all else that no node state shows.</summary>
internal static class LaneCauses
{
    public const string Lane = "Cause";

    /// <summary>Every stretch, in the order of their ends.</summary>
    public static IEnumerable<LaneCause> Of(IEnumerable<Envelope> events)
    {
        var open = new SortedDictionary<string, LaneCause>(StringComparer.Ordinal);
        var answers = new Dictionary<string, Observation>(StringComparer.Ordinal);
        var holds = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var envelope in events)
        {
            var node = envelope.Node;
            if (envelope.Event is ObservationChanged { Observation: { HasAnswer: true } answer })
            {
                answers[node] = answer;
            }

            if (envelope.Event is HoldPlaced hold)
            {
                holds[node] = $"held by {hold.By}: {hold.Why}";
            }

            if (envelope.Event is not (VerdictChanged or DaemonStarted or DaemonStopped))
            {
                continue;
            }

            if (open.Remove(node, out var cause))
            {
                yield return cause with { To = envelope.At.Utc };
            }

            if (envelope.Event is VerdictChanged { Verdict: { IsFit: false } unfit })
            {
                var seen = ReasonWords.SeenOf(unfit.Reasons & ~Reasons.Held, answers.GetValueOrDefault(node));
                var held = unfit.Reasons.HasFlag(Reasons.Held) ? holds.GetValueOrDefault(node, "held") : "";
                var words = string.Join(", ", new[] { held, seen }.Where(part => part.Length > 0));
                var isHold = unfit.Reasons == Reasons.Held;
                open[node] = new LaneCause(
                    node, envelope.Seq, envelope.At.Utc, null, Terminal.Plain(words), isHold);
            }
        }

        foreach (var cause in open.Values)
        {
            yield return cause;
        }
    }

    /// <summary>What stands in a gate's bar that this event began; null if its phase says enough.</summary>
    public static string? LabelOf(AuditEvent @event) => @event switch
    {
        GateClosed { Reason: "held" } => "Held",
        GateClosed e => $"Closed: {e.Reason}",
        DaemonStarted => "Closed: daemon started",
        LeaseLapsed => "Closed: lease ended",
        HoldPlaced e => Terminal.Plain($"Held: {e.Why}"),
        _ => null,
    };
}
