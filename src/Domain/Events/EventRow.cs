namespace GaleraGate.Domain.Events;

/// <summary>The properties of an event type, apart from its data and its fold.</summary>
public abstract class EventRow
{
    private protected EventRow(Type type, string name, string subject) =>
        (Type, Name, Subject) = (type, name, subject);

    /// <summary>
    /// Receives each event type as a type argument, which natively compiled code cannot create from a Type at run time.
    /// </summary>
    public interface IVisitor
    {
        void Visit<T>(string name)
            where T : AuditEvent;
    }

    public Type Type { get; }

    /// <summary>The stored name. It never changes.</summary>
    public string Name { get; }

    /// <summary>The subject that it belongs to.</summary>
    public string Subject { get; }

    public abstract string WordsOf(AuditEvent @event);

    /// <summary>The text for a line that lists several events: rules are mentioned without their text.</summary>
    public abstract string BriefOf(AuditEvent @event);

    public abstract Outlook OutlookOf(AuditEvent @event);

    /// <summary>The line that the daemon logs; null if it logs none.</summary>
    public abstract LogLine? LogOf(AuditEvent @event);

    /// <summary>False if the type changes no state: it is never carried, and no fold handles it.</summary>
    public abstract bool IsCarried { get; }

    /// <summary>How it changes the set of carried events.</summary>
    public abstract IEnumerable<Keep> CarriedBy(AuditEvent @event);

    public abstract void Accept(IVisitor visitor);
}

/// <inheritdoc cref="EventRow"/>
internal sealed class EventRow<T>(string name, string subject, Func<T, string> words)
    : EventRow(typeof(T), name, subject)
    where T : AuditEvent
{
    public Func<T, string> Words { get; } = words;

    public Func<T, string> Brief { get; init; } = words;

    public Func<T, Outlook> Outlook { get; init; } = _ => Events.Outlook.Neutral;

    public Func<T, LogLine?> Log { get; init; } = _ => null;

    public Func<T, IEnumerable<Keep>>? Carried { get; init; }

    public override bool IsCarried => Carried is not null;

    public override string WordsOf(AuditEvent @event) => Words((T)@event);

    public override string BriefOf(AuditEvent @event) => Brief((T)@event);

    public override Outlook OutlookOf(AuditEvent @event) => Outlook((T)@event);

    public override LogLine? LogOf(AuditEvent @event) => Log((T)@event);

    public override IEnumerable<Keep> CarriedBy(AuditEvent @event) => Carried?.Invoke((T)@event) ?? [];

    public override void Accept(IVisitor visitor) => visitor.Visit<T>(Name);
}
