using System.Net;
using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Drill;

/// <summary>
/// The drill's client, and the drill itself with two balancer hosts, a floating address and a cluster.
/// </summary>
public sealed class DrillTests
{
    [Fact]
    public void Drill_reports_an_outage_from_begin_to_end_with_the_audits_account()
    {
        using var dry = new DryDaemon();
        dry.AwaitOpen();
        var listener = dry.Space.Greet(IPAddress.Loopback, 3306);
        using var drill = dry.Space.Start(
            GateDaemon.Binary,
            "drill",
            "--target",
            "127.0.0.1:3306",
            "--every",
            "50ms",
            "--journal",
            dry.Gate.Journal,
            "--json");
        Thread.Sleep(2500);
        listener.Dispose();
        Assert.Equal(0, dry.Gate.Ask("hold", "--reason", "a drill").ExitCode);
        Thread.Sleep(1000);
        using var again = dry.Space.Greet(IPAddress.Loopback, 3306);
        Thread.Sleep(1000);
        Shell.Signal("-INT", drill.Id);
        var lines = drill
            .StandardOutput.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        drill.WaitForExit();

        Assert.Equal((1, 2), (drill.ExitCode, lines.Count));
        Assert.InRange(lines[0].GetProperty("seconds").GetDouble(), 0.5, 20);
        Assert.True(lines[0].GetProperty("over").GetBoolean());
        Assert.NotEqual("", lines[0].GetProperty("error").GetString());
        Assert.Equal(
            ["HoldPlaced", "GateClosed"],
            lines[0]
                .GetProperty("audit")
                .EnumerateArray()
                .Select(one => one.GetProperty("type").GetString())
                .Where(type => type is "HoldPlaced" or "GateClosed"));
        Assert.Equal(lines[0].GetProperty("failed").GetInt32(), lines[1].GetProperty("failed").GetInt32());
        Assert.Equal(1, lines[1].GetProperty("outages").GetInt32());
    }

    [Fact]
    public void Drill_exits_0_without_an_outage_and_reports_an_unfinished_one()
    {
        using var host = new LabHost();
        var space = host.AddSpace("drill");
        Assert.Equal(1, space.Try(GateDaemon.Binary, "drill", "--target", "127.0.0.1:3306", "--for", "500ms").ExitCode);
        using var listener = space.Greet(IPAddress.Loopback, 3306);
        var (exitCode, output, _) = space.Try(GateDaemon.Binary, "drill", "--target", "127.0.0.1:3306", "--for", "1s");

        Assert.Equal(0, exitCode);
        Assert.EndsWith("no outage\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--target db", "--target takes HOST:PORT, not 'db'")]
    [InlineData(
        "--target db:3306 --every 0s", "--every takes a duration with its unit, such as 500ms, up to 24h, not '0s'")]
    [InlineData(
        "--target db:3306 --query x --defaults-extra-file /nowhere",
        "the credentials file /nowhere cannot be read: it does not exist")]
    public void A_wrong_drill_command_is_one_line_with_exit_code_2(string words, string says) =>
        Assert.Equal((2, "", $"galeragate: {says}\n"), Shell.Try(GateDaemon.Binary, ["drill", .. words.Split(' ')]));

    [Fact]
    public void The_drills_query_succeeds_at_every_step()
    {
        var (exitCode, output, error) = Shell.Try(
            Path.Combine(
                AppContext.BaseDirectory,
                "../../GaleraGate.Lab",
                Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
                "lab"),
            "drill");

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(7, output.Split("run the query: answered by ").Length - 1);
        Assert.Matches(@"\n17\. run the query +answered ", output);
    }
}
