using System.CommandLine;

namespace GaleraGate.Daemon.Audit;

/// <summary>The commands that read the record.</summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "Read the journal: what happened, and why")
    {
        TimelineCommand.Create(),
        EventsCommand.Create(),
        RulesCommand.Create(),
        FailoversCommand.Create(),
        WhyCommand.Create(),
        AtCommand.Create(),
        ReplayCommand.Create(),
        ReportCommand.Create(),
        WhatIfCommand.Create(),
        AnnotateCommand.Create(),
        StatsCommand.Create(),
        ExportCommand.Create(),
        VerifyCommand.Create(),
    };
}
