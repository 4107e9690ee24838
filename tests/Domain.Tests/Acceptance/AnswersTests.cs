using System.Text.Json;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Acceptance;

/// <summary>What servers of several versions really answered to SHOW in known states: eng/show-answers.sh.</summary>
public sealed class AnswersTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Acceptance", "answers");

    public static TheoryData<string> Servers() =>
        [.. Directory.GetFiles(Folder, "*.jsonl").Select(file => Path.GetFileNameWithoutExtension(file))];

    [Theory]
    [MemberData(nameof(Servers))]
    public void Every_version_s_answers_are_judged_alike(string server)
    {
        var judged = File.ReadLines(Path.Combine(Folder, server + ".jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(answer => $"{answer.GetProperty("state")}: {Judged(answer.GetProperty("variables"))}");

        Assert.Equal(
            [
                "synced: fit, synced",
                "read-only: unfit, read-only",
                "desynced: unfit, donor-blocking",
                "desynced-xtrabackup: fit, donor-nonblocking",
                "disconnected: unfit, disconnected",
            ],
            judged);
    }

    private static string Judged(JsonElement variables)
    {
        var verdict = Fitness.Judge(CapturedObservation.Parse(variables.GetRawText()), FitnessPolicy.Default);
        return $"{(verdict.IsFit ? "fit" : "unfit")}, {verdict.Headline}";
    }
}
