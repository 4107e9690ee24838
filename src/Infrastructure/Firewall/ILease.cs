namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The kernel's side of the dead man's switch: the redirect works only while an entry exists that expires by itself. No
/// call waits. A failure is one line for people, never an exception.
/// </summary>
public interface ILease
{
    /// <summary>How long the entry lives after a refresh.</summary>
    TimeSpan Length { get; }

    /// <summary>True while the entry exists.</summary>
    bool Lives();

    /// <summary>Creates what a rule needs to refer to the entry; leaves it alone if it exists.</summary>
    string? Prepare();

    /// <summary>Restarts the entry's full length, and creates the entry if it is gone.</summary>
    string? Refresh();

    /// <summary>Removes the entry: from now on new connections are refused.</summary>
    string? Drop();
}
