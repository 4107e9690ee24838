using System.CommandLine;
using System.Globalization;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

/// <summary>Adds a note to an event, for the post-mortem.</summary>
internal static class AnnotateCommand
{
    public static Command Create()
    {
        var what = new Argument<string>("SEQ|TIME")
        {
            Description = "the number of an event, or a time: then of the last turn of the gate before it",
        };
        var text = new Argument<string>("TEXT") { Description = "the note, 1 to 500 characters" };
        var command = new Command(
            "annotate",
            "Write a note about an event, recorded with who and when by the running daemon; shown beside that event, "
            + "it changes nothing")
        {
            what,
            text,
        };
        var settings = Settings.For(command, [OptionTable.GatePort, OptionTable.Control]);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new ControlClient(settings.With(parsed));
            var asked = parsed.GetValue(what)!.TrimStart('#');
            if (!long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
            {
                var (time, journal) = (
                    TimeArgument.Required(asked, "SEQ|TIME"),
                    (await client.StatusAsync(cancellationToken)).Journal.Directory);
                seq =
                    Explanation.LastTurn(JournalReader.EventsFor(journal, time), time)?.Seq
                    ?? throw new FormatException($"no gate had turned before {asked}");
            }

            var status = await client.AnnotateAsync(seq, parsed.GetValue(text)!, cancellationToken);
            var note = status.Recent.Last(one => one.Type == nameof(Annotated));
            Console.WriteLine($"#{note.Seq} {note.Words}");
        });
        return command;
    }
}
