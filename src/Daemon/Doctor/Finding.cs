namespace GaleraGate.Daemon.Doctor;

internal enum Severity
{
    Ok,

    /// <summary>It works now but may cause trouble later, or something is unknown.</summary>
    Warning,

    /// <summary>The gate cannot do its work.</summary>
    Error,
}

/// <summary>The finding about one thing that must be right on this host.</summary>
/// <param name="Subject">The thing, in one word.</param>
/// <param name="Mend">The command or the configuration line that fixes it; null if there is nothing to do.</param>
internal sealed record Finding(string Subject, Severity Severity, string Says, string? Mend = null)
{
    public static Finding Ok(string subject, string says) => new(subject, Severity.Ok, says);

    public static Finding Warning(string subject, string says, string? mend) =>
        new(subject, Severity.Warning, says, mend);

    public static Finding Error(string subject, string says, string? mend) => new(subject, Severity.Error, says, mend);
}
