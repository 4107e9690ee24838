using System.CommandLine;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Commands;

/// <summary>Says what a policy would have made of captured observations.</summary>
internal static class AuditWhatIf
{
    public static Command Command()
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
}
