using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Audit;

/// <summary>A wrong question is an error with exit code 2; a correct one without a result is not an error.</summary>
public sealed class WrongInputTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("galeragate-wrong");

    private string Journal => Path.Combine(_folder.FullName, "journal");

    public WrongInputTests()
    {
        using var file = JournalFile.Open(Journal);
        var at = new Instant(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(1), "boot");
        AuditEvent[] events =
        [
            new DaemonStarted("1", new Dictionary<string, string>(), TimeSpan.Zero),
            new GateOpened("synced"),
        ];
        file.Append([.. events.Select((one, i) => new Envelope(i + 1, at, "n1", one, null, null, null))]);
    }

    [Theory]
    [InlineData("no segment is in it", "--journal", "FOLDER")]
    [InlineData("there is no event of n9 in", "--journal", "JOURNAL", "--node", "n9")]
    [InlineData("is given twice", "--journal", "JOURNAL", "--journal", "JOURNAL/")]
    [InlineData("--since 04:00 is after --until 03:00", "--journal", "JOURNAL", "--since", "04:00", "--until", "03:00")]
    [InlineData("give one of them", "--journal", "JOURNAL", "--archive", "Host=127.0.0.1;Port=1;Username=nobody")]
    public void Wrong_input_is_reported_in_one_line_with_exit_code_2(string words, params string[] arguments)
    {
        foreach (var verb in new[] { "failovers", "timeline", "events", "stats" })
        {
            var (exitCode, output, error) = Ask(verb, arguments);

            Assert.Equal((2, "", 1), (exitCode, output, error.Count(c => c == '\n')));
            Assert.Contains(words, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Options_that_a_report_cannot_use_are_refused()
    {
        var file = Path.Combine(_folder.FullName, "report.html");

        Assert.Equal(2, Ask("report", ["--journal", "JOURNAL", "--output", file, "--json"]).ExitCode);
        Assert.False(File.Exists(file));
        Assert.StartsWith(
            "<!doctype html>", Ask("report", ["--journal", "JOURNAL", "-o", "-"]).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--type", "gateopened")]
    [InlineData("--type", "DaemonStopped,GateOpened")]
    [InlineData("--type", "gateOpened", "driftFound")]
    public void Event_types_are_accepted_in_any_spelling(params string[] types)
    {
        var (exitCode, output, _) = Ask("events", ["--journal", "JOURNAL", .. types]);

        Assert.Equal(0, exitCode);
        Assert.Single(output.TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_silent_archive_is_not_reported_as_wrong_usage()
    {
        string[] nobody = ["--archive", "Host=127.0.0.1;Port=1;Username=nobody"];

        Assert.Equal(1, Ask("failovers", nobody).ExitCode);
        Assert.Equal(1, Shell.Try(GateDaemon.Binary, ["archive", "status", .. nobody]).ExitCode);
    }

    [Fact]
    public void An_empty_result_says_what_was_searched()
    {
        var (exitCode, output, error) = Ask("failovers", ["--journal", "JOURNAL", "--since", "2031-01-01T00:00:00Z"]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains($"no gate was closed in {Journal}", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private (int ExitCode, string Output, string Error) Ask(string verb, string[] arguments) => Shell.Try(
        GateDaemon.Binary,
        [
            "audit",
            verb,
            .. arguments.Select(argument => argument
                .Replace("FOLDER", _folder.FullName, StringComparison.Ordinal)
                .Replace("JOURNAL", Journal, StringComparison.Ordinal)),
        ]);
}
