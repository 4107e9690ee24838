using System.CommandLine;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>Every event, as it was recorded.</summary>
internal static class EventsCommand
{
    public static Command Create()
    {
        var command = new Command(
            "events", "Every event, oldest first; #18 <- #17 means that event 18 happened because of event 17");
        var reading = AuditReading.For(command, EventNames.All, AuditScope.Followed).WithForms(command);
        command.SetAction((parsed, cancellationToken) => reading.ReadAsync(parsed, Write, cancellationToken));
        return command;
    }

    /// <summary>Prints one event on one line: as the journal has it, or as text.</summary>
    public static void Write(AuditEntry entry, AuditFormat form)
    {
        if (form.Json)
        {
            Terminal.WriteData(entry.Text());
            return;
        }

        var envelope = entry.Envelope;
        if (form.Form == OutputForm.Name)
        {
            Console.WriteLine(AuditFormat.NameOf(envelope.Node, envelope.Seq));
            return;
        }

        form.Output.WriteWrapped(
            Line.Of($"{form.Time(envelope.At)} ", Tone.Quiet)
                .Add($"{envelope.Node} #{envelope.Seq}{(envelope.Cause is { } cause ? $" <- #{cause}" : "")} ")
                .Add(envelope.Type, EventText.ToneOf(envelope.Event))
                .Add($": {EventText.Of(envelope.Event)}")
                .Add(EventText.Doubt(envelope), Tone.Bad),
            indent: 4);
    }
}
