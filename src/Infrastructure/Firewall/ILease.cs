namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The kernel's side of the dead man's switch: the redirect works only while an entry is there that ends by itself.
/// Nothing here waits. What goes wrong is a line for people, never an exception.
/// </summary>
public interface ILease
{
    /// <summary>How long the entry lives after it was refreshed.</summary>
    TimeSpan Length { get; }

    /// <summary>True while the entry is there.</summary>
    bool Lives();

    /// <summary>Makes what a rule needs to refer to the entry; what is there is left alone.</summary>
    string? Prepare();

    /// <summary>Gives the entry its whole length from now on, and makes it where it is gone.</summary>
    string? Refresh();

    /// <summary>Takes the entry away: from now on no new connection passes.</summary>
    string? Drop();
}
