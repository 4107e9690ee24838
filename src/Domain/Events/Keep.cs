namespace GaleraGate.Domain.Events;

/// <summary>
/// How an event changes the set of carried events, which are kept when old segments of a journal are deleted. Folding
/// the carried events must give the same state as folding all of them. They are stacked in piles, one for each key.
/// </summary>
public readonly record struct Keep(KeepStep Step, object Key)
{
    public static Keep Add(object key) => new(KeepStep.Add, key);

    public static Keep DropAll(object key) => new(KeepStep.DropAll, key);

    /// <summary>It replaces everything under this key.</summary>
    public static IEnumerable<Keep> Only(object key) => [DropAll(key), Add(key)];

    /// <summary>Only the last event of its type is kept.</summary>
    public static IEnumerable<Keep> Last<T>(T @event)
        where T : AuditEvent => Only(@event.GetType());

    /// <summary>A redirect rule is kept as many times as it exists.</summary>
    public static Keep Rule(Family family, string rule, bool isThere) =>
        new(isThere ? KeepStep.Add : KeepStep.DropLast, (typeof(RedirectAdded), family, rule));

    public static IEnumerable<Keep> Failure(RuleChange change) => Only(FailureOf(change));

    /// <summary>A change that succeeds cancels the failure before it.</summary>
    public static Keep Working(RuleChange change) => DropAll(FailureOf(change));

    private static object FailureOf(RuleChange change) => (typeof(RedirectChangeFailed), change.Family);
}

public enum KeepStep
{
    /// <summary>Add the event to the pile.</summary>
    Add,

    /// <summary>Remove the last event from the pile.</summary>
    DropLast,

    /// <summary>Remove the whole pile.</summary>
    DropAll,
}
