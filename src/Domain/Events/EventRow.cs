namespace GaleraGate.Domain.Events;

/// <summary>What is said of a type of event, but for its data and its fold.</summary>
public abstract class EventRow
{
    private protected EventRow(Type type, string name, string subject) =>
        (Type, Name, Subject) = (type, name, subject);

    /// <summary>
    /// Wants each event type as a type argument, which a program compiled ahead of time cannot make of a Type.
    /// </summary>
    public interface IVisitor
    {
        void Visit<T>(string name)
            where T : AuditEvent;
    }

    public Type Type { get; }

    /// <summary>The stored name. It never changes.</summary>
    public string Name { get; }

    /// <summary>What it is about.</summary>
    public string Subject { get; }

    public abstract string WordsOf(AuditEvent @event);

    /// <summary>The words in a line among others: rules without their text.</summary>
    public abstract string BriefOf(AuditEvent @event);

    public abstract Outlook OutlookOf(AuditEvent @event);

    /// <summary>The line that the daemon logs; null for none.</summary>
    public abstract LogLine? LogOf(AuditEvent @event);

    /// <summary>False of a type that changes no state: nothing of it is carried, and no fold knows it.</summary>
    public abstract bool IsCarried { get; }

    /// <summary>What it does to the events that are carried.</summary>
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
