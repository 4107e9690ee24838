namespace GaleraGate.Domain.Tests.Acceptance;

/// <summary>Real answers to SHOW from servers of several versions in known states: eng/show-answers.sh.</summary>
public sealed class AnswersTests
{
    private const string Folder = "answers";

    public static TheoryData<string> Servers() => AnswerFiles.Servers(Folder);

    [Theory]
    [MemberData(nameof(Servers))]
    public void Equivalent_answers_of_all_server_versions_get_the_same_verdict(string server)
    {
        var judged = AnswerFiles.Read(Folder, server).Select(answer =>
            $"{answer.GetProperty("state")}: "
            + AnswerFiles.Words(AnswerFiles.Judge(answer.GetProperty("variables"))));

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
}
