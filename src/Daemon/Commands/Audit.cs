using System.CommandLine;

namespace GaleraGate.Daemon.Commands;

/// <summary>Reads what was recorded.</summary>
internal static class Audit
{
    public static Command Command() => new("audit", "Read the journal: what happened, and why")
    {
        AuditTimeline.Command(),
        AuditEvents.Command(),
        AuditRules.Command(),
        AuditFailovers.Command(),
        AuditWhy.Command(),
        AuditAt.Command(),
        AuditReplay.Command(),
        AuditReport.Command(),
        AuditWhatIf.Command(),
        AuditAnnotate.Command(),
        AuditStats.Command(),
        AuditExport.Command(),
        AuditVerify.Command(),
    };
}
