using System.Globalization;
using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>The daemon was stopped or suspended for a while, on the real kernel's clocks.</summary>
public sealed class StallTests
{
    [Fact]
    public void Time_in_which_the_daemon_stalled_does_not_count_towards_opening()
    {
        const double OpenAfter = 4;
        using var dry = new DryDaemon("--open-after", "4s");
        dry.Gate.AwaitEvent(nameof(GateOpening));
        dry.Gate.Signal("-STOP");
        Thread.Sleep(TimeSpan.FromSeconds(OpenAfter + 1));
        dry.Gate.Signal("-CONT");

        dry.AwaitOpen();
        dry.Gate.Stop();
        var stalled = dry.Gate.Events(nameof(LoopStalled))[^1];
        Assert.InRange(Mono(dry.Gate.Events(nameof(GateOpened))[0]) - Mono(stalled), OpenAfter, double.MaxValue);
        Record.MustHold(dry.Gate);
    }

    /// <summary>In the time namespace only the clock that counts suspended time is a day ahead.</summary>
    [Fact]
    public void The_daemons_clock_includes_time_in_which_the_host_was_suspended()
    {
        const double Day = 86_400;
        using var host = new LabHost();
        var journal = Path.Combine(host.Folder, "journal");
        string[] daemon =
        [
            GateDaemon.Binary, "run", "--dry-run", "--node", "n1", "--journal", journal, "--config", "/dev/null",
            "--socket", Path.Combine(host.Folder, "none"), "--defaults-extra-file", "/dev/null",
        ];
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        using var running = Shell.Start("unshare", ["--time", "--boottime", $"{Day}", .. daemon]);
        string? First() => Directory.Exists(journal)
            ? Directory.GetFiles(journal, "*.jsonl").SelectMany(File.ReadLines).FirstOrDefault()
            : null;
        try
        {
            Shell.Await(() => First() is { } line && line.EndsWith('}'), TimeSpan.FromSeconds(30), "the first event");
        }
        finally
        {
            Shell.Signal("-TERM", running.Id);
            running.WaitForExit();
        }

        var started = JsonDocument.Parse(First()!).RootElement;
        Assert.Equal(nameof(DaemonStarted), started.GetProperty("type").GetString());
        Assert.InRange(Mono(started), uptime + Day, uptime + Day + 600);
    }

    private static double Mono(JsonElement envelope) => envelope.GetProperty("mono").GetDouble();
}
