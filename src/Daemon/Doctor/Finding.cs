namespace GaleraGate.Daemon.Doctor;

internal enum Severity
{
    Ok,

    /// <summary>It works, and will hurt one day, or something is not known.</summary>
    Warning,

    /// <summary>The gate cannot do its work.</summary>
    Error,
}

/// <summary>What was found about one thing that must be right on this host.</summary>
/// <param name="Subject">The thing, in one word.</param>
/// <param name="Mend">The command or the line that mends it; null where nothing is to be done.</param>
internal sealed record Finding(string Subject, Severity Severity, string Says, string? Mend = null)
{
    public static Finding Ok(string subject, string says) => new(subject, Severity.Ok, says);

    public static Finding Warning(string subject, string says, string? mend) =>
        new(subject, Severity.Warning, says, mend);

    public static Finding Error(string subject, string says, string? mend) => new(subject, Severity.Error, says, mend);
}
