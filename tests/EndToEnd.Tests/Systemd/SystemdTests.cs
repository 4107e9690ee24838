using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Systemd;

/// <summary>What systemd requires of a service, with a real socket in systemd's place.</summary>
public sealed class SystemdTests : IDisposable
{
    private readonly DryDaemon _dry = new();
    private readonly ConcurrentQueue<string> _told = new();
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public void Dispose()
    {
        _manager.Dispose();
        _dry.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Systemd_gets_ready_status_and_stop_and_only_observations_feed_its_watchdog(bool isAbstract)
    {
        _dry.Gate.Kill();
        var path = Path.Combine(_dry.Folder, "notify");
        _manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path : path));
        _ = Task.Run(Listen);
        using var gate = Shell.Start("env", [
            $"NOTIFY_SOCKET={(isAbstract ? "@" : "")}{path}",
            "WATCHDOG_USEC=1000000",
            GateDaemon.Binary,
            "run",
            "--dry-run",
            "--node",
            "n1",
            "--socket",
            _dry.Node.Path,
            "--defaults-extra-file",
            "/dev/null",
            "--config",
            _dry.Config,
            "--journal",
            Path.Combine(_dry.Folder, "other"),
            "--hold-file",
            Path.Combine(_dry.Folder, "hold"),
        ]);
        try
        {
            Await("READY=1");
            Await("STATUS=gate open, node fit: synced");
            Shell.Await(
                () => _told.Count(one => one == "WATCHDOG=1") > 3, TimeSpan.FromSeconds(20), "food for the watchdog");

            _dry.Node.Variables = new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" };
            Await("STATUS=gate closed, node unfit: read-only");

            Shell.Signal("-STOP", gate.Id);
            Thread.Sleep(500);
            var fed = _told.Count;
            Thread.Sleep(2000);
            Assert.Equal(fed, _told.Count);
            Shell.Signal("-CONT", gate.Id);

            Shell.Signal("-TERM", gate.Id);
            Await("STOPPING=1");
            Assert.True(gate.WaitForExit(TimeSpan.FromSeconds(20)));
            Assert.Equal(
                ("READY=1", 0),
                (_told.First(one => !one.StartsWith("STATUS=", StringComparison.Ordinal)), gate.ExitCode));
        }
        finally
        {
            if (!gate.HasExited)
            {
                gate.Kill();
            }
        }
    }

    /// <summary>
    /// A resource that is missing for now, such as an address that comes late at boot, must not take the unit down for
    /// good.
    /// </summary>
    [Fact]
    public void A_missing_resource_is_retried_but_a_wrong_configuration_is_not()
    {
        _dry.Gate.Kill();
        var port = _dry.Space.Greet(System.Net.IPAddress.Loopback, 9200);
        var waiting = Start("--http", "9200");
        AwaitTrying(waiting);
        Assert.True(waiting.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(1, waiting.ExitCode);
        Assert.DoesNotContain("it is tried again", waiting.StandardError.ReadToEnd(), StringComparison.Ordinal);

        waiting = Start("--http", "9200");
        AwaitTrying(waiting);
        port.Dispose();
        while (waiting.StandardError.ReadLine()?.Contains("started", StringComparison.Ordinal) is false)
        {
            // The lines that every start prints first.
        }

        Assert.False(waiting.HasExited);
        waiting.Kill();

        var wrong = Start("--rise", "0");
        Assert.True(wrong.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(2, wrong.ExitCode);
        var unit = File.ReadAllLines(Path.Combine(Repository.Root, "packaging/galeragate.service"));
        Assert.Contains("RestartPreventExitStatus=2", unit);

        static void AwaitTrying(System.Diagnostics.Process waiting)
        {
            string? line;
            do
            {
                line = waiting.StandardError.ReadLine();
                Assert.NotNull(line);
            }
            while (!line.EndsWith("; it is tried again", StringComparison.Ordinal));
        }

        System.Diagnostics.Process Start(string option, string value) => _dry.Space.Start("env", [
            $"NOTIFY_SOCKET={_dry.Folder}/nobody", GateDaemon.Binary, "run", "--dry-run", "--node", "n1",
            "--socket", _dry.Node.Path, "--defaults-extra-file", "/dev/null", "--config", _dry.Config,
            "--journal", $"{_dry.Folder}/other", "--hold-file", $"{_dry.Folder}/hold", option, value]);
    }

    [Fact]
    public void Systemd_accepts_the_unit()
    {
        var unit = File.ReadAllText(Path.Combine(Repository.Root, "packaging/galeragate.service"));
        var copy = Path.Combine(_dry.Folder, "galeragate.service");
        File.WriteAllText(
            copy,
            unit.Replace("/usr/bin/galeragate", GateDaemon.Binary, StringComparison.Ordinal)
                .Replace("Documentation=man:galeragate(8)\n", "", StringComparison.Ordinal));

        var (_, output, error) = Shell.Try("systemd-analyze", ["verify", copy]);

        Assert.Equal("", (output + error).Trim());
    }

    private void Await(string message) =>
        Shell.Await(
            () => _told.Contains(message),
            TimeSpan.FromSeconds(20),
            $"{message}; told was:\n{string.Join('\n', _told)}");

    private void Listen()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                _told.Enqueue(Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer)));
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }
    }
}
