using System.Text.RegularExpressions;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Logging;

/// <summary>The daemon's log on standard error: numbered lines, one for each change and none for a poll.</summary>
public sealed partial class LogTests
{
    [Fact]
    public void Each_change_is_logged_on_one_numbered_line_and_polls_are_not()
    {
        using var dry = new DryDaemon();
        dry.AwaitOpen();
        var before = Lines(dry);
        Assert.All(before, line => Assert.Matches(Numbered(), line));
        var probes = dry.Gate.Status().GetProperty("probe").GetProperty("probes").GetInt64();
        Shell.Await(
            () => dry.Gate.Status().GetProperty("probe").GetProperty("probes").GetInt64() > probes + 12,
            TimeSpan.FromSeconds(30),
            "a dozen polls");
        Assert.Equal(before, Lines(dry));

        dry.Node.Variables = new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" };
        dry.AwaitOpen(false);
        Shell.Await(() => Lines(dry).Length == before.Length + 2, TimeSpan.FromSeconds(10), "two lines more");
        Assert.Contains("galeragate[1010] node unfit: read-only", Lines(dry)[^2], StringComparison.Ordinal);
        Assert.Contains("warn: galeragate[1001] gate closed: read-only", Lines(dry)[^1], StringComparison.Ordinal);
        Assert.EndsWith("; clients are refused until then", Lines(dry)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_close_by_an_operator_is_not_a_warning()
    {
        using var dry = new DryDaemon();
        dry.AwaitOpen();

        dry.Gate.Ask("hold", "--reason", "planned");

        Shell.Await(
            () => dry.Gate.Log.Contains("info: galeragate[1001] gate closed: held", StringComparison.Ordinal),
            TimeSpan.FromSeconds(10),
            "the line of a planned close");
    }

    [Fact]
    public void Under_systemd_each_line_carries_its_priority()
    {
        using var dry = new DryDaemon();
        var log = Path.Combine(dry.Folder, "log");
        Shell.Run(
            "sh",
            [
                "-c",
                $"JOURNAL_STREAM=8:1 timeout 3 {GateDaemon.Binary} run --dry-run --control off --journal "
                + $"{dry.Folder}/second --hold-file {dry.Gate.HoldFile} --socket /no/such --defaults-extra-file "
                + $"/dev/null 2> {log} || true",
            ]);

        var lines = File.ReadAllLines(log);
        Assert.All(lines, line => Assert.Matches("^<[2-7]>galeragate\\[", line));
        Assert.Contains(lines, line => line.StartsWith("<6>galeragate[1000]", StringComparison.Ordinal));
        Assert.Contains(
            lines,
            line =>
                line.StartsWith("<4>galeragate[2000]", StringComparison.Ordinal)
                && line.Contains("Cannot find Unix Socket", StringComparison.Ordinal));
    }

    private static string[] Lines(DryDaemon dry) => dry.Gate.Log.TrimEnd().Split('\n');

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warn|fail|crit): galeragate\[[1-6]\d{3}\] ")]
    private static partial Regex Numbered();
}
