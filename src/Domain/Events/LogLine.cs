namespace GaleraGate.Domain.Events;

public enum Severity
{
    Information,
    Warning,
    Error,
    Critical,
}

/// <summary>The line that the daemon logs for an event: its words and number, and what stands around them.</summary>
/// <param name="Id">1000 gate, 2000 probe, 3000 firewall, 4000 journal, 5000 archive.</param>
/// <param name="After">What happens next: every line from a warning on has it.</param>
public readonly record struct LogLine(int Id, Severity Severity, string Before, string After)
{
    public static LogLine Information(int id, string before = "") => new(id, Severity.Information, before, "");

    public static LogLine Warning(int id, string before, string after) => new(id, Severity.Warning, before, after);

    public static LogLine Error(int id, string before, string after) => new(id, Severity.Error, before, after);

    public static LogLine Critical(int id, string before, string after) => new(id, Severity.Critical, before, after);
}
