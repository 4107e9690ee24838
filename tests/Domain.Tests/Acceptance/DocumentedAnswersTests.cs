namespace GaleraGate.Domain.Tests.Acceptance;

/// <summary>
/// Answers of servers that could not be run here, put together from the values that their manuals name: documented, not
/// captured. Each line names its source. They contain no wsrep_on, whose scope is the session in these manuals.
/// </summary>
public sealed class DocumentedAnswersTests
{
    private const string Folder = "documented";

    private static readonly Dictionary<string, string> Expected = new()
    {
        ["synced"] = "fit, synced, Synced",
        ["read-only"] = "unfit, read-only, Synced",
        ["super-read-only"] = "unfit, read-only, Synced",
        ["offline, seen by an administrator"] = "unfit, offline, Synced",
        ["offline, seen by any other account"] = "unfit, offline, Unknown",
        ["maintenance"] = "unfit, maintenance, Synced",
        ["shutdown"] = "unfit, maintenance, Synced",
        ["rejecting"] = "unfit, rejecting-queries, Synced",
        ["donor, rejecting"] = "unfit, rejecting-queries, Donor",
        ["desynced"] = "unfit, donor-blocking, Donor",
        ["donor, xtrabackup-v2"] = "fit, donor-nonblocking, Donor",
        ["donor, clone"] = "unfit, donor-blocking, Donor",
        ["donor, ist_only"] = "unfit, donor-blocking, Donor",
        ["donor, rsync"] = "unfit, donor-blocking, Donor",
        ["donor, rsync_wan"] = "unfit, donor-blocking, Donor",
        ["donor, mysqldump"] = "unfit, donor-blocking, Donor",
        ["joining"] = "unfit, not-ready, Joining",
        ["joined"] = "unfit, not-ready, Joined",
        ["non-primary"] = "unfit, non-primary, Initialized",
        ["disconnected"] = "unfit, disconnected, Initialized",
        ["not ready, error 1047"] = "unfit, not-ready, Unknown",
        ["no Galera"] = "unfit, wsrep-off, Unknown",
        ["no Galera, offline"] = "unfit, offline, Unknown",
    };

    public static TheoryData<string> Servers() => AnswerFiles.Servers(Folder);

    [Theory]
    [MemberData(nameof(Servers))]
    public void What_a_manual_says_a_server_answers_gets_the_expected_verdict(string server)
    {
        foreach (var answer in AnswerFiles.Read(Folder, server))
        {
            var (state, source) = (answer.GetProperty("state").GetString()!, answer.GetProperty("source").GetString());
            var verdict = AnswerFiles.Judge(answer.TryGetProperty("variables", out var variables) ? variables : answer);

            Assert.Equal(
                $"{state}: {Expected[state]} ({source})",
                $"{state}: {AnswerFiles.Words(verdict)}, {verdict.NodeState} ({source})");
        }
    }
}
