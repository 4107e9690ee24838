using System.Diagnostics;
using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>The events about rules that were found, added and removed.</summary>
internal static class RuleDecisions
{
    /// <summary>
    /// A listing of one address family's rules: a difference from the record is drift; a match may be adopted.
    /// </summary>
    public static IReadOnlyList<Caused> Find(GateState state, GateMemory memory, RedirectReported reported)
    {
        var decision = new Decision(state.Seq);
        decision.AddAll(Drift(state, reported.Family, reported.Found));
        if (IsAdopted(state, memory, reported))
        {
            var adopted = GateMoves.Move(state, memory, reported.At, GateTrigger.Adopt, "");
            decision.Add(adopted, state.Adoptable);
        }

        return decision.Events;
    }

    /// <summary>A change of the rules: first the drift, then the change itself, then the repair.</summary>
    public static IReadOnlyList<Caused> Change(GateState state, RedirectResult result)
    {
        var decision = new Decision(state.Seq);
        var found = decision.AddAll(Drift(state, result.Family, result.Found));
        found = decision.AddAll(DriftAround(result)) ?? found;
        decision.AddAll(EventsOf(state, result), result.Cause);
        foreach (var left in result.Left)
        {
            decision.AddAll(Drift(state, left.Family, left.Found));
            decision.AddAll(EventsOf(state, left), result.Cause);
        }

        if (result is { IsMend: true, Elapsed: { } elapsed })
        {
            decision.Add(new DriftMended(result.Family, result.Facts.Count, elapsed), found);
        }

        return decision.Events;
    }

    public static AuditEvent EventOf(RuleFact fact) => fact switch
    {
        RuleCame { IsRedirect: true } => new RedirectAdded(fact.Change),
        RuleWent { IsRedirect: true } => new RedirectRemoved(fact.Change),
        RuleCame => new RuleAdded(fact.Change),
        RuleWent => new RuleRemoved(fact.Change),
        ChangeFailed failed => new RedirectChangeFailed(failed.Change, failed.StandardError),
        _ => throw new UnreachableException($"no event for {fact.GetType().Name}"),
    };

    private static IEnumerable<AuditEvent> EventsOf(GateState state, RedirectResult result) =>
        result.Facts.Select(EventOf).Where(@event => !IsKnownFailure(state, @event));

    private static bool IsAdopted(GateState state, GateMemory memory, RedirectReported reported) =>
        state.Adoptable is { } opened && reported.Opened == opened && !memory.UnfitSeen && !memory.Stopping;

    /// <summary>Redirect rules that no event added, and missing ones that no event removed.</summary>
    private static IEnumerable<DriftFound> Drift(GateState state, Family family, IReadOnlyList<string>? found)
    {
        if (found is null)
        {
            return [];
        }

        var (recorded, there) = (state.Redirects.Of(family), new RuleSet(found));
        return
        [
            .. there.MissingFrom(recorded).Select(rule => new DriftFound(family, rule, IsThere: false)),
            .. recorded.MissingFrom(there).Select(rule => new DriftFound(family, rule, IsThere: true)),
        ];
    }

    /// <summary>Drift of the rules around the redirect that had to be repaired.</summary>
    private static IEnumerable<DriftFound> DriftAround(RedirectResult result)
    {
        if (!result.IsMend)
        {
            return [];
        }

        return result.Facts.SelectMany(fact => fact switch
        {
            RuleCame { IsRedirect: false } => [Around(fact, isThere: false)],
            RuleWent { IsRedirect: false } => [Around(fact, isThere: true)],
            _ => Array.Empty<DriftFound>(),
        });

        DriftFound Around(RuleFact fact, bool isThere) =>
            new(result.Family, fact.Change.Rule, isThere, IsRedirect: false);
    }

    /// <summary>Identical failures in a row are recorded once.</summary>
    private static bool IsKnownFailure(GateState state, AuditEvent @event) =>
        @event is RedirectChangeFailed failed && state.Failures.Of(failed.Change.Family) == failed.Failure;
}
