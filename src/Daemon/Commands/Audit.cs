using System.CommandLine;
using System.Globalization;
using System.Text;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Commands;

/// <summary>Reads what was recorded.</summary>
internal static class Audit
{
    private static readonly string[] RuleEvents =
        [nameof(RedirectAdded), nameof(RedirectRemoved), nameof(RuleAdded), nameof(RuleRemoved), nameof(RedirectChangeFailed), nameof(DriftFound)];

    public static Command Command() => new("audit", "Read the journal")
    {
        Reading("events", "Every event, oldest first", EventNames.All),
        Reading("rules", "Every rule that came or went, with the command that did it", RuleEvents),
        WhatIfCommand(),
    };

    private static Command Reading(string name, string help, IEnumerable<string> types)
    {
        var command = new Command(name, help);
        var since = new Option<DateTimeOffset?>("--since") { Description = "not before this time, ISO 8601", HelpName = "TIME", CustomParser = Time };
        var until = new Option<DateTimeOffset?>("--until") { Description = "not after this time, ISO 8601", HelpName = "TIME", CustomParser = Time };
        var type = new Option<string[]>("--type") { Description = "only events of these types", HelpName = "TYPE", AllowMultipleArgumentsPerToken = true };
        var json = new Option<bool>("--json") { Description = "the events as JSON, one a line, as the journal holds them" };
        var settings = Settings.For(command, [OptionTable.Journal]);
        foreach (var option in new Option[] { since, until, type, json })
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var directory = settings.With(parsed).Text("journal");
            if (!Directory.Exists(directory))
            {
                throw new FormatException($"there is no journal in {directory}: give --journal DIR");
            }

            var known = types.ToHashSet(StringComparer.Ordinal);
            var wanted = parsed.GetValue(type) is { Length: > 0 } named ? named : null;
            if (wanted?.FirstOrDefault(one => !known.Contains(one)) is { } unknown)
            {
                throw new FormatException($"--type: there is no event type {unknown}; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}");
            }

            var asJson = parsed.GetValue(json);
            foreach (var line in Segment.Of(directory).SelectMany(JournalReader.Lines))
            {
                if (line.Envelope is not { } envelope)
                {
                    Console.Error.WriteLine($"galeragate: {Path.GetFileName(line.Segment)} at byte {line.Start}: {line.Problem}");
                }
                else if ((name == "events" || known.Contains(envelope.Type))
                    && (wanted is null || wanted.Contains(envelope.Type))
                    && !(envelope.At.Utc < parsed.GetValue(since)) && !(envelope.At.Utc > parsed.GetValue(until)))
                {
                    Console.WriteLine(asJson ? Encoding.UTF8.GetString(line.Bytes.Span) : Words(envelope));
                }
            }
        });
        return command;
    }

    private static Command WhatIfCommand()
    {
        var observations = new Option<string>("--observations")
        {
            Description = "captured observations, one JSON object a line: {\"at\": TIME, \"variables\": {…}} or {\"at\": TIME, \"error\": NAME}",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command("what-if", "Say what a policy would have made of captured observations: each gate change as JSON");
        var settings = Settings.For(command, OptionTable.Policy);
        command.Options.Add(observations);
        command.Options.Add(new Option<bool>("--json") { Description = "accepted for likeness with the other readings: the answer is JSON always" });
        command.SetAction(parsed =>
        {
            var policy = settings.With(parsed).Policy();
            foreach (var change in WhatIf.Run(policy, Captured(parsed.GetValue(observations)!)))
            {
                Console.WriteLine(
                    $$"""{"at":"{{change.At}}","gate":"{{(change.Open ? "open" : "closed")}}","reason":"{{change.Reason}}"}""");
            }
        });
        return command;
    }

    private static IEnumerable<Observed> Captured(string file)
    {
        if (!File.Exists(file))
        {
            throw new FormatException($"--observations: {file} does not exist");
        }

        DateTimeOffset? first = null;
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.AsSpan().Trim().IsEmpty)
            {
                continue;
            }

            (DateTimeOffset At, Observation Observation) captured;
            try
            {
                captured = CapturedObservation.ParseLine(line);
            }
            catch (FormatException e)
            {
                throw new FormatException($"{file}:{number}: {e.Message}", e);
            }

            first ??= captured.At;
            yield return new Observed(new Domain.Instant(captured.At, captured.At - first.Value, "captured"), captured.Observation);
        }
    }

    private static string Words(Envelope envelope) => string.Create(
        CultureInfo.InvariantCulture,
        $"{envelope.At} {envelope.Node} #{envelope.Seq}{(envelope.Cause is { } cause ? $" <- #{cause}" : "")} {envelope.Type}: {EventText.Of(envelope.Event)}");

    private static DateTimeOffset? Time(System.CommandLine.Parsing.ArgumentResult given)
    {
        if (DateTimeOffset.TryParse(given.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time))
        {
            return time;
        }

        given.AddError($"'{given.Tokens[0].Value}' is no time: give ISO 8601, such as 2026-11-21T03:14:00Z.");
        return null;
    }
}
