using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;
using Xunit.Abstractions;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>A stop ends soon whatever hangs, and gives up the gate before it waits for anything.</summary>
public sealed class StopTests(ITestOutputHelper output)
{
    /// <summary>
    /// The promise is 3 s, and a busy machine takes longer. Everything that hangs here hangs for minutes.
    /// </summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    [Theory]
    [InlineData("-TERM")]
    [InlineData("-USR2")]
    public void A_frozen_archive_does_not_delay_a_stop(string signal)
    {
        using var server = PostgresServer.Begin();
        Assert.Equal(0, Shell.Try(GateDaemon.Binary, ["archive", "init", "--archive", server.Connection]).ExitCode);
        using var dry = new DryDaemon("--archive", server.Connection);
        dry.AwaitOpen();
        Shell.Await(() => Lag(dry) == "0", Limit, "shipping");
        server.Freeze(true);
        try
        {
            Assert.Equal(0, dry.Gate.Ask("hold", "--reason", "something to ship").ExitCode);
            Thread.Sleep(500);

            MustEnd(dry.Gate, signal);

            Assert.Equal(0, dry.Gate.ExitCode);
            Assert.Equal(nameof(DaemonStopped), dry.Gate.Events()[^1].GetProperty("type").GetString());
        }
        finally
        {
            server.Freeze(false);
        }
    }

    [Fact]
    public void Other_users_who_fill_the_FIFO_do_not_delay_a_stop()
    {
        using var dry = new DryDaemon();
        dry.AwaitOpen();
        const string Write = "for i in $(seq 30); do cat /dev/zero > \"$1\" & done; wait";
        using var writers = Shell.Start("sh", "-c", Write, "sh", dry.Gate.Notify);
        var before = Probes(dry);
        Shell.Await(() => Probes(dry) > before + 20, Limit, "nudges");

        MustEnd(dry.Gate);

        Assert.Equal(0, dry.Gate.ExitCode);
        Assert.False(File.Exists(dry.Gate.Notify));
        writers.WaitForExit();
    }

    /// <summary>Too many for the pipe and the queue to hold.</summary>
    [Fact]
    public async Task A_blocked_standard_error_delays_no_turn_and_no_stop()
    {
        const int Pairs = 2000;
        using var dry = new DryDaemon();
        dry.Gate.Kill();
        using var gate = Shell.Start(GateDaemon.Binary, [
            "run", "--dry-run", "--node", "n1", "--socket", dry.Node.Path, "--defaults-extra-file", "/dev/null",
            "--config", dry.Config, "--journal", dry.Gate.Journal, "--control", dry.Gate.Control, "--notify", "off",
            "--hold-file", dry.Gate.HoldFile]);
        try
        {
            dry.AwaitOpen();
            using var client = Client(dry.Gate.Control);
            for (var i = 0; i < Pairs; i++)
            {
                using var held = await client.PostAsJsonAsync("v1/hold", new { reason = "to fill the log" });
                using var released = await client.PostAsJsonAsync("v1/release", new { });
                Assert.True(held.IsSuccessStatusCode && released.IsSuccessStatusCode);
            }

            dry.AwaitOpen();
            Assert.True(gate.HasExited is false);
            var began = Stopwatch.GetTimestamp();
            Shell.Signal("-TERM", gate.Id);
            Assert.True(gate.WaitForExit(Limit), "it has not ended");
            output.WriteLine($"ended after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
            Assert.Equal(0, gate.ExitCode);
            Assert.True(dry.Gate.Events(nameof(HoldPlaced)).Count == Pairs);
        }
        finally
        {
            gate.Kill();
        }
    }

    /// <summary>
    /// A process that waits for a disk cannot end, even by SIGKILL, so the daemon gives up the gate while it still can.
    /// </summary>
    [Fact]
    public void A_hanging_journal_disk_does_not_keep_the_next_daemon_from_the_gate_port()
    {
        using var host = new LabHost();
        using var disk = new HangingDisk(host.Folder);
        var space = host.AddSpace("stop");
        using var node = new ScriptedGaleraNode(Path.Combine(host.Folder, "mysql.sock"));
        var control = Path.Combine(host.Folder, "control.sock");
        string[] arguments =
        [
            "--node", "n1", "--socket", node.Path, "--defaults-extra-file", "/dev/null", "--lease", "30s",
            "--control", control, "--notify", "off", "--hold-file", Path.Combine(host.Folder, "hold"),
        ];
        using var old = GateDaemon.StartIn(space, Path.Combine(disk.Folder, "journal"), arguments);
        old.AwaitEvent(nameof(RedirectAdded), 2);
        disk.Hang(true);
        try
        {
            var began = Stopwatch.GetTimestamp();
            old.Signal("-USR2");
            Shell.Await(() => !File.Exists(control), TimeSpan.FromSeconds(3), "the hand-over");
            output.WriteLine($"handed over after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
            using var next = GateDaemon.StartIn(space, Path.Combine(host.Folder, "next"), arguments);
            next.AwaitEvent(nameof(DaemonStarted));
            Assert.False(next.HasEnded, next.Log);
            next.AwaitEvent(nameof(GateOpened));
            Assert.Equal(0, Shell.Try(GateDaemon.Binary, ["status", "--control", control]).ExitCode);
            next.Stop();
        }
        finally
        {
            disk.Hang(false);
        }

        old.AwaitEnd();
        space.Run(GateDaemon.Binary, ["firewall", "purge"]);
    }

    private void MustEnd(GateDaemon gate, string signal = "-TERM")
    {
        var began = Stopwatch.GetTimestamp();
        gate.Signal(signal);
        Shell.Await(() => gate.HasEnded, Limit / 3, "the end");
        gate.AwaitEnd();
        output.WriteLine($"ended after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
    }

    private static string Lag(DryDaemon dry) =>
        dry.Gate.Status().GetProperty("archive").GetProperty("lagEvents").ToString();

    private static long Probes(DryDaemon dry) =>
        dry.Gate.Status().GetProperty("probe").GetProperty("probes").GetInt64();

    private static HttpClient Client(string control)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(control), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri("http://galeragate/"),
            Timeout = TimeSpan.FromSeconds(20),
        };
    }
}
