using System.Globalization;
using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;
using Xunit.Abstractions;

namespace GaleraGate.EndToEnd.Tests.Audit;

/// <summary>
/// The daemon ships to a real PostgreSQL, and the audit gives the same answers there as on the node. ARCHIVE_ROUNDS=200
/// injects faults for longer.
/// </summary>
public sealed class ArchiveTests(ITestOutputHelper output) : IDisposable
{
    private const string Archive = "--archive";

    private readonly PostgresServer _server = PostgresServer.Begin();

    private static readonly IReadOnlyDictionary<string, string> Writable = new Dictionary<string, string>
    {
        ["read_only"] = "OFF",
        ["wsrep_on"] = "ON",
    };
    private static readonly IReadOnlyDictionary<string, string> ReadOnly = new Dictionary<string, string>
    {
        ["read_only"] = "ON",
        ["wsrep_on"] = "ON",
    };

    public void Dispose() => _server.Dispose();

    [Fact]
    public void An_empty_archive_is_searched_and_found_empty()
    {
        _ = Ask("archive", "init", Archive, _server.Connection);

        foreach (var question in new[] { "failovers", "stats", "timeline", "events" })
        {
            var (exitCode, _, error) = Ask("audit", question, Archive, _server.Connection);
            Assert.True(exitCode == 0, $"{question}: {error}");
        }
    }

    [Fact]
    public void The_archive_ends_with_all_recorded_events_and_answers_as_the_journal_does()
    {
        var file = Path.Combine(_server.Folder, "connection");
        File.WriteAllText(file, _server.Connection + "\n");
        var (exitCode, _, error) = Ask("archive", "status", Archive, file);
        Assert.Equal(
            (1, true), (exitCode, error.Contains("galeragate archive init makes it", StringComparison.Ordinal)));
        Assert.Contains(
            "schema galeragate of postgres", Ask("archive", "init", Archive, file).Output, StringComparison.Ordinal);

        using var dry = new DryDaemon(Archive, file, "--cluster", "prod");
        dry.AwaitOpen();
        dry.Node.Variables = ReadOnly;
        dry.AwaitOpen(false);
        AwaitShipped(dry.Gate);
        Assert.Contains("node/prod/n1: ", dry.Gate.Ask("status").Output, StringComparison.Ordinal);
        var closed = dry.Gate.Events(nameof(GateClosed))[0].GetProperty("seq").GetInt64();
        dry.Gate.Stop();

        var (atHome, there) = (new[] { "--journal", dry.Gate.Journal }, new[] { Archive, file });
        foreach (var question in new string[][]
        {
            ["events", "--json"],
            ["timeline", "--json"],
            ["rules", "--json"],
            ["failovers", "--json", "--nodes", "1"],
            ["stats", "--json", "--nodes", "1"],
            ["at", "now", "--json"],
            ["why", $"{closed}", "--json"],
            ["what-if", "--json"],
            ["timeline", "--json", "--since", "-1h", "--type", "GateOpened", "GateClosed"],
        })
        {
            var (home, archived) = (Ask(["audit", .. question, .. atHome]), Ask(["audit", .. question, .. there]));
            Assert.Equal((0, 0, home.Output), (home.ExitCode, archived.ExitCode, archived.Output));
        }

        var events = dry.Gate.Events();
        Assert.Equal(events.Count, Ask(["audit", "events", "--json", .. there]).Output.Split('\n').Length - 1);
        Assert.Equal(
            "DaemonStopped",
            _server.Sql($"SELECT type FROM galeragate.mt_events WHERE version = {events.Count}").Trim());
        Assert.Contains(
            $"node/prod/n1: {events.Count} events",
            Ask("archive", "status", Archive, file).Output,
            StringComparison.Ordinal);
        MustAgree(dry.Gate, "--cluster", "prod");

        _ = _server.Sql(
            $"UPDATE galeragate.mt_events SET data = data || '{{\"reason\":\"nothing\"}}' WHERE version = {closed}");
        var (tampered, _, found) = Verify(dry.Gate, "--cluster", "prod");
        Assert.Equal(
            (1, true),
            (
                tampered,
                found.Contains(
                    $"the archive's #{closed} of node/prod/n1 is not the journal's", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_second_node_with_the_same_name_ships_nothing_and_reports_it()
    {
        _ = Ask("archive", "init", Archive, _server.Connection);
        using var first = new DryDaemon(Archive, _server.Connection);
        first.AwaitOpen();
        AwaitShipped(first.Gate);
        using var second = new DryDaemon(Archive, _server.Connection);

        second.Gate.AwaitEvent(nameof(ArchiveRefused));
        Assert.Contains(
            "another node ships under this name",
            second.Gate.Status().GetProperty("archive").GetProperty("trouble").GetString(),
            StringComparison.Ordinal);
        second.AwaitOpen();
        first.Gate.Stop();
        MustAgree(first.Gate);
    }

    [Theory]
    [InlineData("Host=nowhere.invalid;Password=s3cret;Sslmode=Sideways")]
    [InlineData("Password=s3cret")]
    [InlineData("/does/not/exist")]
    public void An_unusable_archive_is_refused_in_one_line_without_its_secret(string archive)
    {
        var (exitCode, _, error) = Shell.Try(
            GateDaemon.Binary, ["run", "--journal", Path.Combine(_server.Folder, "none"), Archive, archive]);

        Assert.Equal(2, exitCode);
        Assert.False(Directory.Exists(Path.Combine(_server.Folder, "none")));
        Assert.DoesNotContain("s3cret", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void After_kills_freezes_and_full_disks_no_event_is_missing_or_duplicated()
    {
        var rounds = int.Parse(
            Environment.GetEnvironmentVariable("ARCHIVE_ROUNDS") ?? "8", CultureInfo.InvariantCulture);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        output.WriteLine($"seed {seed}");
        _ = Ask("archive", "init", Archive, _server.Connection);
        string[] arguments =
        [
            Archive,
            _server.Connection,
            "--journal-segment-size",
            "64KiB",
            "--check-interval",
            "20ms",
            "--open-after-max",
            "500ms",
        ];
        // A daemon without an archive creates the folder that the small disk is then mounted on.
        using var dry = new DryDaemon();
        dry.Gate.Kill();
        var ballast = Path.Combine(dry.Gate.Journal, "ballast");
        Shell.Run("mount", ["-t", "tmpfs", "-o", "size=64m", "none", dry.Gate.Journal]);
        try
        {
            dry.Restart(arguments);
            for (var round = 0; round < rounds; round++)
            {
                Flap();
                switch (random.Next(5))
                {
                    case 0:
                        dry.Gate.Kill();
                        Pause();
                        dry.Restart(arguments);
                        break;
                    case 1:
                        _server.Kill();
                        Pause();
                        Flap();
                        _server.Start();
                        break;
                    case 2:
                        _server.Freeze(true);
                        Flap();
                        Pause();
                        _server.Freeze(false);
                        break;
                    case 3:
                        _ = Shell.Try("dd", ["if=/dev/zero", $"of={ballast}", "bs=1M", "count=80"]);
                        Flap();
                        Pause();
                        File.Delete(ballast);
                        break;
                    default:
                        dry.Gate.Kill();
                        _server.Kill();
                        _server.Start();
                        dry.Restart(arguments);
                        break;
                }
            }

            dry.Node.Variables = Writable;
            dry.AwaitOpen();
            AwaitShipped(dry.Gate, 120);
            dry.Gate.Stop();
            MustAgree(dry.Gate);
            // Marten keeps a separate stream, mt_tombstone, for appends that failed.
            var sums = _server
                .Sql(
                    "SELECT count(*), count(DISTINCT version), min(version), max(version), (SELECT "
                    + "string_agg(id || ' ' || version, ', ') FROM galeragate.mt_streams WHERE id <> 'mt_tombstone') "
                    + "FROM galeragate.mt_events WHERE stream_id <> 'mt_tombstone'")
                .Trim()
                .Split('|');
            Assert.Equal([sums[0], sums[0], "1", sums[0], $"node/galera/n1 {sums[0]}"], sums);
            output.WriteLine(
                $"{rounds} rounds, {sums[0]} events in {Directory.GetFiles(dry.Gate.Journal, "*.jsonl*").Length} "
                + "segments");
        }
        finally
        {
            _server.Freeze(false);
            Shell.Run("umount", ["-l", dry.Gate.Journal]);
        }

        void Flap()
        {
            for (var i = random.Next(12); i >= 0; i--)
            {
                dry.Node.Variables = i % 2 == 0 ? ReadOnly : Writable;
                Thread.Sleep(random.Next(60));
            }
        }

        void Pause() => Thread.Sleep(random.Next(1200));
    }

    private static void AwaitShipped(GateDaemon gate, double seconds = 20) => Shell.Await(
        () =>
            gate.Status().GetProperty("archive") is { ValueKind: JsonValueKind.Object } archive
            && archive.GetProperty("lagEvents") is { ValueKind: JsonValueKind.Number } lag
            && lag.GetInt64() == 0,
        TimeSpan.FromSeconds(seconds), $"everything to be shipped; the log:\n{gate.Log}");

    private void MustAgree(GateDaemon gate, params string[] arguments)
    {
        var (exitCode, text, error) = Verify(gate, arguments);
        Assert.True(exitCode == 0, error);
        Assert.Contains("each the same\n", text, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) Verify(GateDaemon gate, params string[] arguments) =>
        Ask(["audit", "verify", "--journal", gate.Journal, "--against", _server.Connection, .. arguments]);

    private static (int ExitCode, string Output, string Error) Ask(params string[] arguments) =>
        Shell.Try(GateDaemon.Binary, arguments);
}
