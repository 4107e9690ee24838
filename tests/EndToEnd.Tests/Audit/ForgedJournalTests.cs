using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Audit;

/// <summary>The audit's commands on journals that were edited, damaged, cut short, duplicated or made up.</summary>
public sealed class ForgedJournalTests : IDisposable
{
    private const string Hostile = "\e]0;owned\a\e[2J\u009b31m\rX\u007f\b";
    private const string Mark = "DAMAGED OR EDITED";
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-forged").FullName;

    public static TheoryData<string> Questions() =>
    [
        "events", "events --json", "timeline", "timeline --json", "rules", "failovers", "failovers --json", "why 6",
        "why 6 --json", "at now", "at now --json", "stats", "what-if", "replay --json", "export", "export --format csv",
        "export --format cloudevents", "verify", "report -o report.html",
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>On a real terminal, and in a pipe, whose text may reach a terminal later.</summary>
    [Theory]
    [InlineData("events")]
    [InlineData("events --json")]
    [InlineData("timeline")]
    [InlineData("rules")]
    [InlineData("failovers")]
    [InlineData("why 6")]
    [InlineData("at now")]
    [InlineData("stats")]
    [InlineData("what-if")]
    [InlineData("export")]
    [InlineData("export --format csv")]
    public void A_forged_journals_control_characters_never_reach_the_terminal(string question)
    {
        var journal = Journal("n1" + Hostile, Hostile);
        var command = $"{GateDaemon.Binary} audit {Named(question)} --journal {journal}";

        var (_, shown, _) = Shell.Try("env", ["TERM=dumb", "script", "-qec", command, "/dev/null"]);

        Assert.NotEqual("", shown);
        // The terminal turns each line's end into \r\n, and one that is already \r\n into \r\r\n.
        Assert.Equal([], Controls(Lines(Lines(shown))));
        var (_, piped, error) = Shell.Try("sh", ["-c", command]);
        Assert.Equal([], Controls(error));
        // The journal's own lines can be verified, so a pipe receives them byte for byte.
        char[] left = question is "events --json" or "export" ? ['\u007f', '\u009b'] : [];
        Assert.Equal(left, Controls(Lines(piped)));
    }

    [Theory]
    [MemberData(nameof(Questions))]
    public void An_edited_line_is_marked_everywhere_and_changes_the_exit_code(string question)
    {
        var journal = Journal("n1");
        var segment = Segment.Of(journal).Single();
        var edited = File.ReadAllText(segment)
            .Replace("{\"reason\":\"read-only\"", "{\"reason\":\"disk\"", StringComparison.Ordinal)
            .Replace("-j REDIRECT one", "-j REDIRECT two", StringComparison.Ordinal);
        File.WriteAllText(segment, edited);

        var (exitCode, output, error) = Ask(question, journal);

        Assert.Equal(1, exitCode);
        Assert.Contains("it was modified after it was written", error, StringComparison.Ordinal);
        var page = question.StartsWith("report", StringComparison.Ordinal) ? File.ReadAllText(Page) : output;
        if (question is "stats" or "what-if" or "verify")
        {
            // Sums and other results over all events: standard error reports which events cannot be trusted.
            return;
        }

        var isJson = question is "export" or "export --format cloudevents"
            || question.EndsWith("json", StringComparison.Ordinal);
        Assert.Contains(isJson ? "\"doubt" : Mark, page, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unmodified_line_is_printed_byte_for_byte_without_a_mark()
    {
        var journal = Journal("n1", Hostile);

        var (exitCode, output, error) = Ask("export", journal);

        Assert.Equal((0, "", File.ReadAllText(Segment.Of(journal).Single())), (exitCode, error, output));
    }

    [Fact]
    public void Two_journals_with_one_node_name_are_refused_by_readings_per_node()
    {
        string[] twins = [Journal("n1"), Journal("n1", folder: "twin")];
        string[] questions =
            ["timeline", "failovers", "at now", "stats", "replay --json", "report -o report.html", "why 6 --node n1"];
        foreach (var question in questions)
        {
            var (exitCode, output, error) = Ask(question, twins);
            Assert.Equal((2, ""), (exitCode, output));
            var line = Assert.Single(error.TrimEnd().Split('\n'));
            Assert.Contains("both have events of a node n1", line, StringComparison.Ordinal);
        }

        Assert.Equal(0, Ask("events", twins).ExitCode);
        Assert.Equal(0, Ask("at now", [twins[0], Journal("n2", folder: "other")]).ExitCode);
    }

    [Fact]
    public void A_journal_with_a_duplicate_line_still_makes_a_report()
    {
        var journal = Journal("n1");
        var segment = Segment.Of(journal).Single();
        var lines = File.ReadAllLines(segment);
        File.WriteAllLines(segment, [.. lines[..4], .. lines[3..]]);

        var (exitCode, _, error) = Ask("report -o report.html", journal);

        Assert.Equal(1, exitCode);
        Assert.Contains("does not follow the line before it", error, StringComparison.Ordinal);
        Assert.Contains(Mark, File.ReadAllText(Page), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_compressed_segment_is_named_and_later_events_are_shown()
    {
        var journal = Journal("n1", count: 1000);
        JournalKeeper.Compress(journal, CancellationToken.None);
        var segment = Segment.Of(journal)[1];
        File.WriteAllBytes(segment, File.ReadAllBytes(segment)[..^200]);
        foreach (var question in new[] { "events", "timeline", "failovers", "export", "stats" })
        {
            var (exitCode, output, error) = Ask(question, journal);
            Assert.Equal(1, exitCode);
            Assert.Contains(Path.GetFileName(segment), error, StringComparison.Ordinal);
            var isOfAll = question is "failovers" or "stats";
            Assert.True(isOfAll || output.Contains("1000", StringComparison.Ordinal), question);
        }
    }

    [Fact]
    public void Verify_warns_when_the_newest_events_may_be_missing()
    {
        var journal = Journal("n1", count: 1000);
        Assert.Equal(0, Ask("verify", journal).ExitCode);

        File.Delete(Segment.Of(journal)[^1]);
        var (cut, _, error) = Ask("verify", journal);
        Assert.Equal(1, cut);
        Assert.Matches("warning: .* newest segments are missing", error);

        Segment.Of(journal).ToList().ForEach(File.Delete);
        var (empty, output, words) = Ask("verify", journal);
        Assert.Equal(1, empty);
        Assert.Contains("warning: the journal is empty", words, StringComparison.Ordinal);
        Assert.StartsWith("0 events", output, StringComparison.Ordinal);
    }

    /// <summary>The system log comes from a program that answers as journalctl does.</summary>
    [Fact]
    public void Verify_compares_the_heads_in_the_system_log()
    {
        var journal = Journal("n1", count: 1000);
        var segments = Segment.Of(journal);
        var head = Segment.FirstSeq(segments[2]) - 1;
        var hash = JournalReader.HashAt(journal, head)!;

        var same = Logged(segments[1], head, hash);
        Assert.Equal(0, same.ExitCode);
        Assert.Contains("1 of its heads are in the system log", same.Output, StringComparison.Ordinal);
        Assert.Equal(0, Logged("/elsewhere/" + Path.GetFileName(segments[1]), head + 9000, hash).ExitCode);

        var other = Logged(segments[1], head - 1, hash);
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("the journal was rewritten", other.Error, StringComparison.Ordinal);
        var newer = Logged(segments[1], 1001, hash);
        Assert.Equal(1, newer.ExitCode);
        Assert.Contains("the newest events are missing", newer.Error, StringComparison.Ordinal);
        var silent = Logged(segments[1], head, hash, "echo 'Failed to open the journal' >&2; exit 1");
        Assert.Equal(0, silent.ExitCode);
        Assert.Contains("are not compared: Failed to open", silent.Error, StringComparison.Ordinal);

        (int ExitCode, string Output, string Error) Logged(string segment, long seq, string said, string instead = "")
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;
            var script = Path.Combine(folder, "journalctl");
            var line = $"GaleraGate[4005] journal: {segment} is sealed, head #{seq} {said}";
            File.WriteAllText(script, $"#!/bin/sh\n{instead}\necho '{line}'\n");
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var path = $"PATH={folder}:{Environment.GetEnvironmentVariable("PATH")}";
            return Shell.Try("env", [path, GateDaemon.Binary, "audit", "verify", "--journal", journal]);
        }
    }

    private string Page => Path.Combine(_folder, "report.html");

    private (int ExitCode, string Output, string Error) Ask(string question, params IEnumerable<string> journals) =>
        Shell.Try(
            GateDaemon.Binary,
            ["audit", .. Named(question).Split(' '), .. journals.SelectMany(name => new[] { "--journal", name })]);

    private string Named(string question) => question.Replace("report.html", Page, StringComparison.Ordinal);

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);

    private static IEnumerable<char> Controls(string text) =>
        text.Where(c => char.IsControl(c) && c is not ('\n' or '\t')).Distinct().Order();

    private string Journal(string node, string more = "", string folder = "journal", int count = 0)
    {
        var directory = Path.Combine(_folder, folder);
        var took = TimeSpan.FromMilliseconds(1);
        var change = new RuleChange(Family.Ipv4, "-j REDIRECT one" + more, "iptables" + more, 0, took);
        var policy = new Dictionary<string, string> { ["open-after"] = "500ms", ["x"] = "y" + more };
        KeyValuePair<string, string?>[] seen = [new("wsrep_local_state", "4"), new("wsrep_sst_method", "rsync" + more)];
        AuditEvent[] story =
        [
            new DaemonStarted("1" + more, policy, TimeSpan.FromSeconds(0.5), null),
            new ObservationChanged(ObservedVariable.ReadAnswer(seen)),
            new VerdictChanged(new Verdict(Reasons.None, NodeState.Synced)),
            new GateOpened("synced" + more),
            new RedirectAdded(change),
            new GateClosed("read-only" + more, false, TimeSpan.FromSeconds(0.5), 0),
            new RedirectRemoved(change),
            new HoldPlaced(Holds.Operator, "eve" + more, "why" + more),
            new LeaseFailed("trouble" + more),
            new DiskProbed("trouble" + more),
            new Annotated(6, "eve" + more, "text" + more),
            new UnknownEvent("Newer" + more, "{\"x\":\"\u007f\u009b\"}"),
        ];
        using var file = JournalFile.Open(directory, 64 << 10);
        var events = Enumerable.Range(1, Math.Max(count, story.Length)).Select(seq => new Envelope(
            seq, new Instant(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b"), node,
            EventOf(seq), seq > 1 ? seq - 1 : null, null, null));
        foreach (var batch in events.Chunk(50))
        {
            file.Append(batch);
        }

        return directory;

        AuditEvent EventOf(int seq) => seq <= story.Length ? story[seq - 1] : seq % 2 == 0 ? story[3] : story[5];
    }
}
