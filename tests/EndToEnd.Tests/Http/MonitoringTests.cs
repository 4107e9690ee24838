using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Http;

/// <summary>
/// The alert rules with promtool's tests, and together with the dashboard in a real Prometheus that scrapes three
/// daemons. PICTURES=DIR keeps the results.
/// </summary>
public sealed partial class MonitoringTests
{
    private static readonly string Dashboard = Path.Combine(Repository.Root, "packaging", "galeragate.dashboard.json");
    private static readonly string Rules = Path.Combine(Repository.Root, "packaging", "galeragate.rules.yml");

    [Fact]
    public void The_alert_rules_are_valid_and_fire_as_they_should()
    {
        using var host = new LabHost();
        File.Copy(Rules, Path.Combine(host.Folder, "galeragate.rules.yml"));
        var tests = Path.Combine(host.Folder, "tests.yml");
        File.Copy(
            Path.Combine(Repository.Root, "tests", "EndToEnd.Tests", "Http", "Monitoring", "galeragate.rules.test.yml"),
            tests);

        var (checkedWith, said, wrong) = Shell.Try("promtool", "check", "rules", Rules);
        Assert.True(checkedWith == 0, said + wrong);
        var (exitCode, output, error) = Shell.Try("promtool", "test", "rules", tests);
        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public void Every_alert_has_a_page_and_uses_existing_metrics()
    {
        var (rules, page) = (
            File.ReadAllText(Rules), File.ReadAllText(Path.Combine(Repository.Root, "docs", "monitoring.md")));
        var alerts = Alert().Matches(rules).Select(match => match.Groups[1].Value).ToList();
        using var dry = new DryDaemon("--http", "9200", "--disk-probe", "/tmp");
        dry.AwaitOpen();
        var metrics = dry.Space.Run("curl", "-s", "http://127.0.0.1:9200/metrics");
        string[] ofAnArchive = ["galeragate_archive_lag_seconds"];

        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Contains($"\n## {alert}\n", page, StringComparison.Ordinal));
        Assert.Equal(
            alerts.Select(alert => alert.ToLowerInvariant()),
            Runbook().Matches(rules).Select(match => match.Groups[1].Value));
        Assert.All(
            Metric().Matches(rules).Select(match => match.Value).Except(ofAnArchive),
            name => Assert.Contains($"# TYPE {name} ", metrics, StringComparison.Ordinal));
    }

    [Fact]
    public void The_dashboard_uses_existing_metrics_and_its_panels_do_not_overlap()
    {
        var metrics = File.ReadAllText(Path.Combine(Repository.Root, "docs", "http.md"));
        var names = Metric()
            .Matches(File.ReadAllText(Dashboard))
            .Select(match => Suffix().Replace(match.Value, ""))
            .Distinct()
            .ToList();
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Dashboard));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        var places = panels
            .Select(panel => panel.GetProperty("gridPos"))
            .Select(at => (X: Int(at, "x"), Y: Int(at, "y"), W: Int(at, "w"), H: Int(at, "h")))
            .ToList();

        Assert.True(names.Count > 10);
        Assert.All(names, name => Assert.Matches($"`{name}[`{{]", metrics));
        Assert.Equal(panels.Count, panels.Select(panel => Int(panel, "id")).Distinct().Count());
        Assert.All(places, one => Assert.InRange(one.X + one.W, 1, 24));
        Assert.Equal(
            places.Sum(one => one.W * one.H),
            places
                .SelectMany(one =>
                    from x in Enumerable.Range(one.X, one.W)
                    from y in Enumerable.Range(one.Y, one.H)
                    select (x, y))
                .Distinct()
                .Count());

        static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task A_real_Prometheus_scrapes_feeds_the_dashboard_and_alerts_when_none_is_open()
    {
        using var archive = PostgresServer.Begin();
        Assert.Equal(0, Shell.Try(GateDaemon.Binary, ["archive", "init", "--archive", archive.Connection]).ExitCode);
        using var first = new DryDaemon("--http", "9201", "--archive", archive.Connection);
        using var folder = new LabHost();
        var nodes = new List<ScriptedGaleraNode> { first.Node };
        var gates = new List<GateDaemon>();
        for (var i = 2; i <= 3; i++)
        {
            nodes.Add(new ScriptedGaleraNode(Path.Combine(folder.Folder, $"mysql{i}.sock")));
            gates.Add(
                GateDaemon.StartIn(
                    first.Space,
                    Path.Combine(folder.Folder, $"journal{i}"),
                    "--dry-run",
                    "--node",
                    $"n{i}",
                    "--socket",
                    nodes[^1].Path,
                    "--defaults-extra-file",
                    "/dev/null",
                    "--http",
                    $"920{i}"));
        }

        var configuration = Path.Combine(folder.Folder, "prometheus.yml");
        File.WriteAllText(configuration, $$"""
            global: {scrape_interval: 500ms, evaluation_interval: 500ms}
            rule_files: [{{Rules}}]
            scrape_configs:
              - job_name: galeragate
                static_configs:
                  - targets: ['127.0.0.1:9201', '127.0.0.1:9202', '127.0.0.1:9203']
                    labels: {cluster: test}
            """);
        using var prometheus = first.Space.Start(
            "prometheus",
            $"--config.file={configuration}",
            $"--storage.tsdb.path={folder.Folder}/data",
            "--web.listen-address=127.0.0.1:9090",
            "--log.level=error");
        try
        {
            Shell.Await(
                () => Sum(first, "sum(galeragate_gate_open{cluster=\"test\"})") == "3",
                TimeSpan.FromSeconds(60),
                "three open gates in Prometheus");
            Assert.DoesNotContain("GaleraGateNoOpenGate", Firing(first));
            nodes.ForEach(node =>
                node.Variables = new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" });

            Shell.Await(() => Firing(first).Contains("GaleraGateNoOpenGate"), TimeSpan.FromSeconds(60), "the alert");
            Assert.Equal("3", Sum(first, "sum(galeragate_verdict_reason{reason=\"read-only\"})"));

            // A hold as well, so that every panel has something to show.
            Assert.Equal(0, first.Gate.Ask("hold", "--reason", "a look at the dashboard").ExitCode);
            Shell.Await(
                () => Sum(first, "sum(galeragate_hold)") == "1", TimeSpan.FromSeconds(20), "the hold in Prometheus");
            Shell.Await(
                () => Sum(first, "galeragate_archive_lag_seconds") == "0",
                TimeSpan.FromSeconds(20),
                "the archive to have it too");
            // Cluster availability has its first value after a full 15 seconds.
            Shell.Await(
                () => Queries().All(query => Query(first, query.Expression) is { Count: > 0 }),
                TimeSpan.FromSeconds(20),
                "an answer for every panel");
            var answers = Queries()
                .Select(query => (query.Title, query.Expression, Answer: Query(first, query.Expression)))
                .ToList();
            Assert.All(
                answers,
                one =>
                    Assert.True(
                        one.Answer is { Count: > 0 },
                        $"{one.Title}: {one.Expression} is answered by {(one.Answer is null ? "an error" : "nothing")}")
            );
            Assert.Equal(["0"], answers.First(one => one.Title == "Gates open").Answer!.Select(series => series.Value));
            Assert.Equal(
                ["0", "0", "4"],
                answers.First(one => one.Title == "Gate").Answer!.Select(series => series.Value).Order());
            Assert.Equal(
                ["6", "6", "6"],
                answers.First(one => one.Title == "Node state").Answer!.Select(series => series.Value));
            Assert.Equal(
                ["n1", "n2", "n3"],
                answers
                    .First(one => one.Title == "Node state")
                    .Answer!.Select(series => series.Labels.GetProperty("node").GetString())
                    .Order());
            await PictureAsync(answers);
        }
        finally
        {
            Shell.Signal("-KILL", prometheus.Id);
            prometheus.WaitForExit();
            gates.ForEach(gate => gate.Dispose());
            nodes.Skip(1).ToList().ForEach(node => node.Dispose());
        }
    }

    private static string? Sum(DryDaemon host, string query) =>
        Query(host, query)?.Select(series => series.Value).FirstOrDefault();

    /// <summary>The answer from Prometheus; null if it rejects the query.</summary>
    private static List<(JsonElement Labels, string? Value)>? Query(DryDaemon host, string query)
    {
        var (exitCode, output, _) = host.Space.Try(
            "curl", "-sG", "http://127.0.0.1:9090/api/v1/query", "--data-urlencode", $"query={query}");
        return exitCode != 0 || !output.Contains("\"success\"", StringComparison.Ordinal) ? null
            :
            [
                .. JsonDocument
                    .Parse(output)
                    .RootElement.GetProperty("data")
                    .GetProperty("result")
                    .EnumerateArray()
                    .Select(one => (one.GetProperty("metric"), one.GetProperty("value")[1].GetString())),
            ];
    }

    /// <summary>The dashboard's queries, with the values that Grafana would put in for its variables.</summary>
    private static IEnumerable<(string Title, string Expression)> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Dashboard));
        return
        [
            .. dashboard
                .RootElement.GetProperty("panels")
                .EnumerateArray()
                .Where(panel => panel.TryGetProperty("targets", out _))
                .SelectMany(panel =>
                    panel
                        .GetProperty("targets")
                        .EnumerateArray()
                        .Select(target => (panel.GetProperty("title").GetString()!, Filled(target)))),
            .. dashboard
                .RootElement.GetProperty("annotations")
                .GetProperty("list")
                .EnumerateArray()
                .Select(annotation => ("annotation", Filled(annotation))),
        ];

        static string Filled(JsonElement asking) => asking.GetProperty("expr").GetString()!
            .Replace("$cluster", "test", StringComparison.Ordinal)
            .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
            .Replace("$__range", "1m", StringComparison.Ordinal)
            .Replace("$__interval", "1m", StringComparison.Ordinal);
    }

    private static async Task PictureAsync(
        List<(string Title, string Expression, List<(JsonElement Labels, string? Value)>? Answer)> answers)
    {
        if (Environment.GetEnvironmentVariable("PICTURES") is not { } folder)
        {
            return;
        }

        var page = Path.Combine(folder, "dashboard-answers.html");
        var rows = answers.SelectMany(one => one.Answer!.Select((series, i) =>
        {
            var (title, expression) = i == 0 ? (one.Title, WebUtility.HtmlEncode(one.Expression)) : ("", "");
            var labels = WebUtility.HtmlEncode(series.Labels.GetRawText());
            return $"<tr><td>{title}</td><td><code>{expression}</code></td><td><code>{labels}</code></td>"
                + $"<td>{series.Value}</td></tr>";
        }));
        await File.WriteAllTextAsync(
            page,
            $"<style>body {{ font: 13px sans-serif }} td {{ border-top: 1px solid #ccc; padding: 3px; vertical-align: "
            + $"top; overflow-wrap: anywhere }}</style><table>{string.Concat(rows)}</table>");
        await using var browser = await Browser.OpenAsync("file://" + page, 1400, 900, false);
        await File.WriteAllBytesAsync(Path.ChangeExtension(page, ".png"), await browser.PictureAsync());
    }

    private static List<string?> Firing(DryDaemon host) =>
        [
            .. JsonDocument
                .Parse(host.Space.Run("curl", "-s", "http://127.0.0.1:9090/api/v1/alerts"))
                .RootElement.GetProperty("data")
                .GetProperty("alerts")
                .EnumerateArray()
            .Where(alert => alert.GetProperty("state").GetString() == "firing")
            .Select(alert => alert.GetProperty("labels").GetProperty("alertname").GetString()),
    ];

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"runbook: docs/monitoring\.md#(\w+)")]
    private static partial Regex Runbook();

    [GeneratedRegex("_bucket$")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"galeragate_[a-z_]+")]
    private static partial Regex Metric();
}
