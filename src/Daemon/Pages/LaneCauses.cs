using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Pages;

/// <summary>
/// A period in which a node was unfit, and why. It is labelled at its beginning, in the node's own lane.
/// </summary>
internal sealed record LaneCause(
    string Node, long Seq, DateTimeOffset From, DateTimeOffset? To, string Words, bool IsHold);

/// <summary>
/// Why gates closed, as periods: read-only, holds and everything else that the node state does not show.
/// </summary>
internal static class LaneCauses
{
    public const string Lane = "Cause";

    /// <summary>Every period, ordered by its end.</summary>
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

    /// <summary>
    /// The label in a gate's bar for the period that this event begins; null if the phase says enough.
    /// </summary>
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
