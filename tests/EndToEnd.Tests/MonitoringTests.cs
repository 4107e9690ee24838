using System.Text.Json;
using System.Text.RegularExpressions;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests;

/// <summary>The alert rules: by promtool's tests, and in a real Prometheus that scrapes three daemons.</summary>
public sealed partial class MonitoringTests
{
    private static readonly string Rules = Path.Combine(DocumentTests.Root(), "packaging", "galeragate.rules.yml");

    [Fact]
    public void The_rules_are_right_and_raise_what_they_should()
    {
        using var host = new LabHost();
        File.Copy(Rules, Path.Combine(host.Folder, "galeragate.rules.yml"));
        var tests = Path.Combine(host.Folder, "tests.yml");
        File.Copy(Path.Combine(DocumentTests.Root(), "tests", "EndToEnd.Tests", "Monitoring", "galeragate.rules.test.yml"), tests);

        var (checkedWith, said, wrong) = Shell.Try("promtool", "check", "rules", Rules);
        Assert.True(checkedWith == 0, said + wrong);
        var (exitCode, output, error) = Shell.Try("promtool", "test", "rules", tests);
        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public void Every_alert_has_its_page_and_asks_for_metrics_that_there_are()
    {
        var (rules, page) = (File.ReadAllText(Rules), File.ReadAllText(Path.Combine(DocumentTests.Root(), "docs", "monitoring.md")));
        var alerts = Alert().Matches(rules).Select(match => match.Groups[1].Value).ToList();
        using var dry = new DryDaemon("--http", "9200", "--disk-probe", "/tmp");
        dry.AwaitOpen();
        var metrics = dry.Space.Run("curl", "-s", "http://127.0.0.1:9200/metrics");
        string[] ofAnArchive = ["galeragate_archive_lag_seconds"];

        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Contains($"\n## {alert}\n", page, StringComparison.Ordinal));
        Assert.Equal(alerts.Select(alert => alert.ToLowerInvariant()), Runbook().Matches(rules).Select(match => match.Groups[1].Value));
        Assert.All(Metric().Matches(rules).Select(match => match.Value).Except(ofAnArchive), name => Assert.Contains($"# TYPE {name} ", metrics, StringComparison.Ordinal));
    }

    [Fact]
    public void A_real_Prometheus_scrapes_three_daemons_and_an_alert_fires_where_no_gate_is_open()
    {
        using var first = new DryDaemon("--http", "9201");
        using var folder = new LabHost();
        var nodes = new List<ScriptedGaleraNode> { first.Node };
        var gates = new List<GateDaemon>();
        for (var i = 2; i <= 3; i++)
        {
            nodes.Add(new ScriptedGaleraNode(Path.Combine(folder.Folder, $"mysql{i}.sock")));
            gates.Add(GateDaemon.StartIn(first.Space, Path.Combine(folder.Folder, $"journal{i}"), "--dry-run", "--node", $"n{i}", "--socket", nodes[^1].Path, "--defaults-extra-file", "/dev/null", "--http", $"920{i}"));
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
            "prometheus", $"--config.file={configuration}", $"--storage.tsdb.path={folder.Folder}/data", "--web.listen-address=127.0.0.1:9090", "--log.level=error");
        try
        {
            Shell.Await(() => Sum(first, "sum(galeragate_gate_open{cluster=\"test\"})") == "3", TimeSpan.FromSeconds(60), "three open gates in Prometheus");
            Assert.DoesNotContain("GaleraGateNoOpenGate", Firing(first));
            nodes.ForEach(node => node.Variables = new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" });

            Shell.Await(() => Firing(first).Contains("GaleraGateNoOpenGate"), TimeSpan.FromSeconds(60), "the alert");
            Assert.Equal("3", Sum(first, "sum(galeragate_verdict_reason{reason=\"read-only\"})"));
        }
        finally
        {
            Shell.Signal("-KILL", prometheus.Id);
            prometheus.WaitForExit();
            gates.ForEach(gate => gate.Dispose());
            nodes.Skip(1).ToList().ForEach(node => node.Dispose());
        }
    }

    private static string? Sum(DryDaemon host, string query)
    {
        var (exitCode, output, _) = host.Space.Try("curl", "-sG", "http://127.0.0.1:9090/api/v1/query", "--data-urlencode", $"query={query}");
        return exitCode != 0 || !output.Contains("\"success\"", StringComparison.Ordinal) ? null
            : JsonDocument.Parse(output).RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(one => one.GetProperty("value")[1].GetString()).FirstOrDefault();
    }

    private static List<string?> Firing(DryDaemon host) =>
        [.. JsonDocument.Parse(host.Space.Run("curl", "-s", "http://127.0.0.1:9090/api/v1/alerts")).RootElement.GetProperty("data").GetProperty("alerts").EnumerateArray()
            .Where(alert => alert.GetProperty("state").GetString() == "firing").Select(alert => alert.GetProperty("labels").GetProperty("alertname").GetString())];

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"runbook: docs/monitoring\.md#(\w+)")]
    private static partial Regex Runbook();

    [GeneratedRegex(@"galeragate_[a-z_]+")]
    private static partial Regex Metric();
}
