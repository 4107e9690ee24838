using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>The events that matter, one line each.</summary>
internal static class TimelineCommand
{
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var command = new Command(
            "timeline",
            "What matters, one line a thing: when, how long after the line before, which node, what and why");
        var reading = AuditReading.For(command, EventNames.All, AuditScope.Filtered).WithForms(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var (form, found, isAsked) = (reading.FormatOf(parsed), false, reading.IsAsked(parsed));
            using var bulk = Terminal.InBulk();
            // Earlier events show how long a gate had been open or closed, and what caused a rule.
            var notes = reading.Notes(parsed);
            foreach (var entry in Timeline.Of(reading.WithContext(parsed)).Where(entry => isAsked(entry.Envelope)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                found = true;
                Write(entry, form, null);
                if (form.IsForPeople)
                {
                    notes.Write(form.Output, entry.Envelope.Node, entry.Envelope.Seq);
                }
            }

            reading.SayIfNone(found, parsed);
            return Task.FromResult(reading.Ended());
        });
        return command;
    }

    /// <summary>Prints one entry on one line.</summary>
    /// <param name="tone">Overrides the event's own tone.</param>
    public static void Write(TimelineEntry entry, AuditFormat form, Tone? tone)
    {
        switch (form.Form)
        {
            case OutputForm.Json:
                Console.WriteLine(Json(entry));
                break;
            case OutputForm.Name:
                Console.WriteLine(AuditFormat.NameOf(entry.Envelope.Node, entry.Envelope.Seq));
                break;
            default:
                form.Output.WriteWrapped(Words(entry, form, tone), indent: 4);
                break;
        }
    }

    private static Line Words(TimelineEntry entry, AuditFormat form, Tone? tone)
    {
        var envelope = entry.Envelope;
        return Line.Of($"{form.Time(envelope.At)} ", Tone.Quiet)
            .Add($"{(entry.SincePrevious is { } since ? "+" + Took(since) : ""),10}  ", Tone.Quiet)
            .Add($"{envelope.Node} ", Tone.Strong)
            .Add(
                $"{EventText.SubjectOf(envelope.Event)} {EventText.Brief(envelope)}",
                tone ?? EventText.ToneOf(envelope.Event))
            .Add(
                entry.Lasted is { } lasted
                    ? $" (had been {(envelope.Event is GateClosed ? "open" : "closed")} for {Took(lasted)})"
                    : "")
            .Add(Refused(entry.Refused, form))
            .Add(
                entry.Cause is { } cause
                    ? $", because {EventText.SubjectOf(cause.Event)} {EventText.Brief(cause.Event)}, #{cause.Seq}"
                    : "")
            .Add($"  {EventText.NumberOf(envelope)}", Tone.Quiet)
            .Add(EventText.Doubt(envelope), Tone.Bad)
            .Add(entry.Cause is { Doubt: not null } edit ? $"{EventText.Doubt(edit)} (#{edit.Seq})" : "", Tone.Bad);
    }

    private static string Refused(Refusal? refused, AuditFormat form) => refused switch
    {
        { IsExact: true } known => $" (clients were refused from {form.Time(known.Latest)})",
        { } bounds =>
            $" (clients were refused from between {form.Time(bounds.Earliest)} and {form.Time(bounds.Latest)})",
        null => "",
    };

    private static string Took(TimeSpan time) =>
        time.TotalSeconds < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms")
            : Lasting.Of(time.TotalSeconds);

    private static string Json(TimelineEntry entry)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("at", entry.Envelope.At.ToString());
            WriteSeconds(json, "sincePrevious", entry.SincePrevious);
            json.WriteString("node", entry.Envelope.Node);
            json.WriteNumber("seq", entry.Envelope.Seq);
            json.WriteString("type", entry.Envelope.Type);
            json.WriteString("words", EventText.Of(entry.Envelope));
            WriteDoubt(json, entry.Envelope);
            if (entry.Envelope.IsInferred)
            {
                json.WriteBoolean("inferred", true);
            }

            WriteSeconds(json, "lasted", entry.Lasted);
            if (entry.Refused is { } refused)
            {
                json.WriteString("refusedFrom", refused.Latest.ToString());
                if (!refused.IsExact)
                {
                    json.WriteString("refusedFromEarliest", refused.Earliest.ToString());
                }
            }

            if (entry.Cause is { } cause)
            {
                json.WriteStartObject("cause");
                json.WriteNumber("seq", cause.Seq);
                json.WriteString("type", cause.Type);
                json.WriteString("words", EventText.Of(cause.Event));
                WriteDoubt(json, cause);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteDoubt(Utf8JsonWriter json, Envelope envelope)
    {
        if (envelope.Doubt is { } doubt)
        {
            json.WriteString("doubt", doubt);
        }
    }

    private static void WriteSeconds(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } known)
        {
            json.WriteNumber(name, known.TotalSeconds);
        }
    }
}
