using System.CommandLine;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>Every rule that was added or removed.</summary>
internal static class RulesCommand
{
    private static readonly string[] Types =
    [
        nameof(RedirectAdded),
        nameof(RedirectRemoved),
        nameof(RuleAdded),
        nameof(RuleRemoved),
        nameof(RedirectChangeFailed),
        nameof(DriftFound),
    ];

    public static Command Create()
    {
        var command = new Command(
            "rules", "Every rule that was added or removed, with the command that did it and how long it took");
        var reading = AuditReading.For(command, Types, AuditScope.Followed).WithForms(command);
        command.SetAction(
            (parsed, cancellationToken) => reading.ReadAsync(parsed, EventsCommand.Write, cancellationToken));
        return command;
    }
}
