namespace GaleraGate.Domain.Events;

/// <summary>What an event means for those who wait at the gate.</summary>
public enum Outlook
{
    Neutral,
    Good,
    Bad,
    Caution,
}
