namespace GaleraGate.Domain.Events;

public enum Severity
{
    Information,
    Warning,
    Error,
    Critical,
}

/// <summary>
/// How the daemon logs an event: its number and severity, and the text before and after the event's own text.
/// </summary>
/// <param name="Id">1000 gate, 2000 probe, 3000 firewall, 4000 journal, 5000 archive.</param>
/// <param name="After">What happens next; every line of severity warning or higher has it.</param>
public readonly record struct LogLine(int Id, Severity Severity, string Before, string After)
{
    public static LogLine Information(int id, string before = "") => new(id, Severity.Information, before, "");

    public static LogLine Warning(int id, string before, string after) => new(id, Severity.Warning, before, after);

    public static LogLine Error(int id, string before, string after) => new(id, Severity.Error, before, after);

    public static LogLine Critical(int id, string before, string after) => new(id, Severity.Critical, before, after);
}
