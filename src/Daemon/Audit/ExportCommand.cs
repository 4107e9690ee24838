using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>Exports events for other programs.</summary>
internal static class ExportCommand
{
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Dictionary<string, (string? Head, Func<AuditEntry, string> Line)> Formats = new(
        StringComparer.Ordinal)
    {
        ["jsonl"] = (null, entry => entry.Text()),
        ["csv"] = ("at,node,seq,cause,view,committed,type,subject,words,data", Csv),
        ["cloudevents"] = (null, CloudEvent),
    };

    public static Command Create()
    {
        var format = new Option<string>("--format")
        {
            Description =
                "jsonl: the journal's own lines; csv: RFC 4180, data as JSON; cloudevents: CloudEvents 1.0, a JSON "
                + "object a line",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "jsonl",
        };
        var command = new Command("export", "Events for other programs, to standard output: jsonl, csv or cloudevents");
        var reading = AuditReading.For(command, EventNames.All, AuditScope.Filtered);
        command.Options.Add(format);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var wanted = parsed.GetValue(format)!;
            if (!Formats.TryGetValue(wanted, out var form))
            {
                throw new FormatException($"--format takes {string.Join(", ", Formats.Keys)}, not '{wanted}'");
            }

            // RFC 4180's line ends apply to csv only.
            var end = form.Head is null ? "\n" : "\r\n";
            await using var output = Terminal.Data(end);
            if (form.Head is { } head)
            {
                await output.WriteLineAsync(head);
            }

            return await reading.ReadAsync(parsed, (entry, _) => output.WriteLine(form.Line(entry)), cancellationToken);
        });
        return command;
    }

    private static string Csv(AuditEntry entry)
    {
        var envelope = entry.Envelope;
        string?[] fields =
        [
            envelope.At.ToString(),
            envelope.Node,
            Text(envelope.Seq),
            Text(envelope.Cause),
            Text(envelope.View),
            Text(envelope.Committed),
            envelope.Type,
            EventText.SubjectOf(envelope.Event),
            EventText.Brief(envelope.Event) + EventText.Doubt(envelope),
            Data(entry),
        ];
        return string.Join(',', fields.Select(field => Quoted(Terminal.Plain(field))));
    }

    /// <summary>Quoted if necessary; a field that a spreadsheet would treat as a formula is made harmless.</summary>
    private static string Quoted(string field)
    {
        var safe = field.Length > 0 && field[0] is '=' or '+' or '-' or '@' ? "'" + field : field;
        return safe.AsSpan().IndexOfAny(",\"\r\n") < 0
            ? safe
            : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string Data(AuditEntry entry)
    {
        using var line = JsonDocument.Parse(entry.Line());
        var data = line.RootElement.GetProperty("data").GetRawText();
        // JSON readers treat the escaped form as equal, and a terminal ignores it; between tokens the characters are
        // white space.
        return data.Any(char.IsControl) ? string.Concat(data.Select(Escaped)) : data;

        static string Escaped(char c) => c switch
        {
            '\r' or '\n' or '\t' => " ",
            _ => char.IsControl(c) ? $"\\u{(int)c:x4}" : $"{c}",
        };
    }

    private static string CloudEvent(AuditEntry entry)
    {
        var envelope = entry.Envelope;
        using var line = JsonDocument.Parse(entry.Line());
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", $"{envelope.Node}/{envelope.Seq.ToString(CultureInfo.InvariantCulture)}");
            json.WriteString("source", $"/galeragate/{envelope.Node}");
            json.WriteString("type", $"galeragate.{envelope.Type}");
            json.WriteString("time", envelope.At.ToString());
            json.WriteString("datacontenttype", "application/json");
            // Extensions have lower case names and plain values.
            json.WriteString("sequence", envelope.Seq.ToString("D20", CultureInfo.InvariantCulture));
            if (envelope.Cause is { } cause)
            {
                json.WriteString("cause", cause.ToString(CultureInfo.InvariantCulture));
            }

            if (envelope.Doubt is { } doubt)
            {
                json.WriteString("doubt", doubt);
            }

            json.WriteString("hash", line.RootElement.GetProperty("hash").GetString());
            json.WritePropertyName("data");
            line.RootElement.GetProperty("data").WriteTo(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static string? Text(IFormattable? value) => value?.ToString(null, CultureInfo.InvariantCulture);
}
