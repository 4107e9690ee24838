using System.CommandLine;
using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>Shows the chain of causes of one event, or of the gate's state at a time.</summary>
internal static class WhyCommand
{
    public static Command Create()
    {
        var what = new Argument<string>("SEQ|TIME")
        {
            Description = "the number of an event, or a time: then of the last turn of the gate before it",
        };
        var command = new Command(
            "why", "What led to an event, from the observation on, and what it led to, with the time between")
        {
            what,
        };
        var reading = AuditReading.For(command, EventNames.All, AuditScope.OneNode).WithForms(command);
        command.SetAction(parsed =>
        {
            var (form, asked) = (reading.FormatOf(parsed), parsed.GetValue(what)!.TrimStart('#'));
            var seq = long.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : LastTurn(reading, parsed, TimeArgument.Required(asked, "SEQ|TIME"))?.Seq
                    ?? throw new FormatException($"no gate had turned before {asked}");
            var explanation =
                Explanation.Of(
                    from => reading.OfOneNode(parsed, from),
                    from => reading.OfOneNode(parsed, from, caused: true),
                    seq)
                ?? throw new FormatException($"there is no event #{seq} in {reading.Searched(parsed)}");
            Envelope? before = null;
            foreach (var envelope in explanation.Causes.Concat(explanation.Effects))
            {
                var since = before is null ? null : envelope.At.Since(before.At);
                TimelineCommand.Write(
                    new TimelineEntry(envelope, since, null, null, null),
                    form,
                    envelope.Seq == seq ? Tone.Strong : null);
                before = envelope;
            }

            return reading.Ended();
        });
        return command;
    }

    private static Envelope? LastTurn(AuditReading reading, ParseResult parsed, DateTimeOffset at) =>
        Explanation.LastTurn(
            reading.StatesAt(parsed, at).SelectMany(events => events).Where(one => !one.IsInferred), at);
}
