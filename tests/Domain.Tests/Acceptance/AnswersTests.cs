using System.Text.Json;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Acceptance;

/// <summary>Real answers to SHOW from servers of several versions in known states: eng/show-answers.sh.</summary>
public sealed class AnswersTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Acceptance", "answers");

    public static TheoryData<string> Servers() =>
        [.. Directory.GetFiles(Folder, "*.jsonl").Select(file => Path.GetFileNameWithoutExtension(file))];

    [Theory]
    [MemberData(nameof(Servers))]
    public void Equivalent_answers_of_all_server_versions_get_the_same_verdict(string server)
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
        var verdict = Fitness.Judge(CapturedObservation.Parse(variables.GetRawText()), Policy.Default.Fitness);
        return $"{(verdict.IsFit ? "fit" : "unfit")}, {verdict.Headline}";
    }
}
