namespace GaleraGate.Domain.Events;

/// <summary>What an event means for clients that want to connect.</summary>
public enum Outlook
{
    Neutral,
    Good,
    Bad,
    Caution,
}
