using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Computes what another policy would have done with recorded observations: those of a journal, or of a capture file.
/// </summary>
internal static class WhatIfCommand
{
    public static Command Create()
    {
        var observations = new Option<string>("--observations")
        {
            Description =
                "captured observations instead of the journal, one JSON object a line: {\"at\": TIME, \"variables\": "
                + "{…}} or {\"at\": TIME, \"error\": NAME}",
            HelpName = "FILE",
        };
        var command = new Command(
            "what-if",
            "Say what a policy would have made of what the journal has: as it was recorded but for the options given; "
            + "exit 0");
        var reading = AuditReading.For(command, EventNames.All, AuditScope.OneNode, OptionTable.Policy);
        command.Options.Add(observations);
        command.SetAction(parsed =>
        {
            var given = reading.SettingsOf(parsed);
            if (parsed.GetValue(observations) is { } file)
            {
                WriteJson(WhatIf.Run(given.Policy(), Captured(file)));
                return 0;
            }

            // Options that are not given keep their recorded values, not those of the current configuration file.
            var changes = OptionTable
                .Policy.Where(row => given.Strength(row.Name) == Settings.OfTheCommandLine)
                .ToDictionary(row => row.Name, row => given.Text(row.Name));
            var then = Replay.Run(reading.Recorded(parsed), policy => policy.With(changes)).ToList();
            if (reading.FormatOf(parsed).Json)
            {
                WriteJson(then);
            }
            else
            {
                Compare(Replay.Recorded(reading.Recorded(parsed)).ToList(), then, changes);
            }

            return reading.Ended();
        });
        return command;
    }

    private static void WriteJson(IEnumerable<GateChange> changes)
    {
        foreach (var change in changes)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                GateChangeDocument.Of(change), AuditJson.Default.GateChangeDocument));
        }
    }

    private static void Compare(List<GateChange> recorded, List<GateChange> then, Dictionary<string, string> changes)
    {
        var asked =
            changes.Count > 0
                ? string.Join(", ", changes.Select(setting => $"{setting.Key} {setting.Value}"))
                : "the policy as it was";
        Console.WriteLine($"recorded  {Sum(recorded)}");
        Console.WriteLine($"what if   {Sum(then)} ({asked})");
        var apart = TimeSpan.FromSeconds(1);
        var first = recorded
            .Zip(then)
            .FirstOrDefault(pair =>
                pair.First.Open != pair.Second.Open
                || pair.First.Reason != pair.Second.Reason
                || (pair.First.At.Utc - pair.Second.At.Utc).Duration() > apart);
        Console.WriteLine((first.First.At.Boot, recorded.Count - then.Count) switch
        {
            (null, 0) => "no difference: the same changes, each within a second",
            (null, > 0) => $"first difference: recorded {Words(recorded[then.Count])}, and here nothing more",
            (null, _) => $"first difference: here {Words(then[recorded.Count])}, and nothing more was recorded",
            _ => $"first difference: recorded {Words(first.First)}, here {Words(first.Second)}",
        });
    }

    private static string Sum(List<GateChange> changes)
    {
        var closed = changes
            .Zip(changes.Skip(1))
            .Where(pair => !pair.First.Open)
            .Sum(pair => (pair.Second.At.Utc - pair.First.At.Utc).TotalSeconds);
        return string.Create(
            CultureInfo.InvariantCulture, $"{changes.Count} gate changes, closed in between for {closed:0.0} s");
    }

    private static string Words(GateChange change) =>
        $"{(change.Open ? "opens" : "closes")} at {change.At}: {change.Reason}";

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
            yield return new Observed(
                new Instant(captured.At, captured.At - first.Value, "captured"), captured.Observation);
        }
    }
}
