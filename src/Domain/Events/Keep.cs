namespace GaleraGate.Domain.Events;

/// <summary>
/// What an event does to those that are carried on when the old segments of a journal are dropped: folding the carried
/// ones must give the state that folding all gives. They lie in piles, each under a key.
/// </summary>
public readonly record struct Keep(KeepStep Step, object Key)
{
    public static Keep Add(object key) => new(KeepStep.Add, key);

    public static Keep DropAll(object key) => new(KeepStep.DropAll, key);

    /// <summary>It is the only one under this key: those before it go.</summary>
    public static IEnumerable<Keep> Only(object key) => [DropAll(key), Add(key)];

    /// <summary>Of its type the last counts alone.</summary>
    public static IEnumerable<Keep> Last<T>(T @event)
        where T : AuditEvent => Only(@event.GetType());

    /// <summary>A redirect rule is kept as often as it is there.</summary>
    public static Keep Rule(Family family, string rule, bool isThere) =>
        new(isThere ? KeepStep.Add : KeepStep.DropLast, (typeof(RedirectAdded), family, rule));

    public static IEnumerable<Keep> Failure(RuleChange change) => Only(FailureOf(change));

    /// <summary>A change that worked ends the failure before it.</summary>
    public static Keep Working(RuleChange change) => DropAll(FailureOf(change));

    private static object FailureOf(RuleChange change) => (typeof(RedirectChangeFailed), change.Family);
}

public enum KeepStep
{
    /// <summary>The event is put on the pile.</summary>
    Add,

    /// <summary>What was put there last goes.</summary>
    DropLast,

    /// <summary>The pile goes.</summary>
    DropAll,
}
