using System.Globalization;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Acceptance;

/// <summary>Verdicts and captures of a real cluster that every build must judge in the same way.</summary>
public sealed class AcceptanceTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Acceptance");

    public static TheoryData<string, string, string, string, string, string> Verdicts()
    {
        var rows = new TheoryData<string, string, string, string, string, string>();
        foreach (var row in Rows("verdicts.tsv"))
        {
            rows.Add(row[0], row[1], row[2], row[3], row[4], row[5]);
        }

        return rows;
    }

    public static TheoryData<string> Captures() => [.. Rows("captures.tsv").Select(row => row[0]).Distinct()];

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void A_captured_observation_gets_its_expected_verdict(
        string id, string given, string settings, string verdict, string reason, string pace)
    {
        var policy = Policy.Create(settings.Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(setting => setting.Split('=', 2))
            .ToDictionary(setting => setting[0], setting => setting[1]));

        var judged = Fitness.Judge(CapturedObservation.Parse(given), policy.Fitness);

        Assert.Equal((id, verdict, reason, pace), (
            id, judged.IsFit ? "fit" : "unfit", judged.Headline,
            judged.Pace?.Name() ?? ""));
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void A_captured_incident_gets_its_expected_gate_changes(string capture)
    {
        var expected = Rows("captures.tsv").Where(row => row[0] == capture)
            .Select(row => (Second: double.Parse(row[1], CultureInfo.InvariantCulture), Gate: row[2], Reason: row[3]))
            .ToList();
        var lines = File.ReadLines(Path.Combine(Folder, "captures", capture + ".jsonl"))
            .Select(CapturedObservation.ParseLine)
            .ToList();
        var start = lines[0].At;

        var changes = WhatIf.Run(Policy.Default, lines.Select(line => new Observed(
            new Instant(line.At, line.At - start, "capture"), line.Observation))).ToList();

        Assert.Equal(
            expected.Select(change => (change.Gate, change.Reason)),
            changes.Select(change => (change.Open ? "open" : "closed", change.Reason)));
        Assert.All(expected.Zip(changes), pair =>
            Assert.InRange(pair.Second.At.Monotonic.TotalSeconds, pair.First.Second - 0.3, pair.First.Second + 0.3));
    }

    private static IEnumerable<string[]> Rows(string file) =>
        File.ReadLines(Path.Combine(Folder, file))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t'));
}
