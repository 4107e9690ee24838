using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>The daemon's own life: started, stopped, killed, started twice, started with wrong settings.</summary>
[Collection(nameof(ThreeNodes))]
public sealed class DaemonTests : IDisposable
{
    private const string Chain = "GALERAGATE-3308";

    private readonly ThreeNodes _three;

    public DaemonTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
    }

    private ClusterNode Node => _three.Node(3);

    private string Tables =>
        Node.Space.Run("iptables", ["-t", "nat", "-S"]) + Node.Space.Run("ip6tables", ["-t", "nat", "-S"]);

    public void Dispose()
    {
        var (exitCode, _, error) = Node.Space.Try(GateDaemon.Binary, ["firewall", "purge"]);
        Assert.True(exitCode == 0, error);
        Assert.DoesNotContain("GALERAGATE", Tables, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_removes_the_redirect_is_recorded_and_keeps_chain_and_anchor()
    {
        using var gate = Open();

        gate.Stop();

        Assert.Equal(0, gate.ExitCode);
        Assert.DoesNotContain("DNAT", Tables, StringComparison.Ordinal);
        Assert.Equal(2, Tables.Split('\n').Count(line => line.Contains("galeragate:anchor", StringComparison.Ordinal)));
        Assert.Equal("DaemonStopped", gate.Events()[^1].GetProperty("type").GetString());
        Record.MustHold(gate);
    }

    [Fact]
    public void A_gate_left_open_by_a_killed_daemon_closes_at_once_if_the_node_is_unfit()
    {
        using (var killed = Open())
        {
            killed.Kill();
        }

        Node.Desync(true);
        try
        {
            Assert.Equal(Meets.Server, GatePort.Meet(_three.Client, Node.Address));
            using var next = GateDaemon.Start(Node);
            GatePort.Await(_three.Client, Node.Address, Meets.Refused, 20);
            next.AwaitEvent(nameof(RedirectRemoved), 2);
            Record.MustHold(next);
            next.Stop();
        }
        finally
        {
            Node.Desync(false);
        }
    }

    [Fact]
    public void Rules_left_by_a_run_with_other_options_are_corrected()
    {
        using (var killed = Open(
            "--source-address", "10.77.0.0/24", "--source-address-ipv6", "fd77::/64", "--local-clients"))
        {
            killed.Kill();
        }

        using var next = GateDaemon.Start(Node);
        next.AwaitEvent(nameof(RedirectAdded), 4);
        Assert.DoesNotContain("10.77.0.0/24", Tables, StringComparison.Ordinal);
        Assert.DoesNotContain(
            $"-A OUTPUT -p tcp -m tcp --dport 3308 -m addrtype --dst-type LOCAL -j {Chain}",
            Tables,
            StringComparison.Ordinal);
        next.Stop();
        Assert.DoesNotContain("DNAT", Tables, StringComparison.Ordinal);
        Record.MustHold(next);
    }

    [Fact]
    public void A_second_daemon_reports_the_first_and_changes_nothing()
    {
        using var first = Open();
        var before = Tables;
        using var second = GateDaemon.StartIn(
            Node.Space,
            Path.Combine(Node.Folder, "second"),
            ["--socket", Node.Socket, "--defaults-extra-file", Node.Credentials]);

        second.AwaitEnd();

        Assert.Equal(2, second.ExitCode);
        Assert.Contains($"kept by another galeragate, pid {first.Pid}", second.Log, StringComparison.Ordinal);
        Assert.Single(second.Log.TrimEnd().Split('\n'));
        Assert.Equal(before, Tables);
        first.Stop();
    }

    [Fact]
    public void A_dry_run_decides_and_records_but_changes_no_rule()
    {
        using var live = Open();
        Node.ReadOnly(true);
        try
        {
            GatePort.Await(_three.Client, Node.Address, Meets.Refused, 20);
            Shell.Await(
                () => !Tables.Contains("DNAT", StringComparison.Ordinal),
                TimeSpan.FromSeconds(10),
                "the rules to follow the lease");
            var before = Tables;
            using var dry = GateDaemon.StartIn(
                Node.Space,
                Path.Combine(Node.Folder, "dry"),
                ["--node", "n3", "--dry-run", "--socket", Node.Socket, "--defaults-extra-file", Node.Credentials]);
            dry.AwaitEvent(nameof(VerdictChanged));
            var (exitCode, output, _) = Node.Space.Try(
                GateDaemon.Binary,
                ["check", "--json", "--socket", Node.Socket, "--defaults-extra-file", Node.Credentials]);

            Assert.Equal(
                (1, "read-only"), (exitCode, JsonDocument.Parse(output).RootElement.GetProperty("reason").GetString()));
            dry.Stop();
            Assert.Equal(before, Tables);
        }
        finally
        {
            Node.ReadOnly(false);
        }

        live.Stop();
    }

    [Fact]
    public void An_iptables_that_exits_with_4_opens_nothing_and_is_retried_until_it_works()
    {
        var folder = Path.Combine(Node.Folder, "bin");
        Directory.CreateDirectory(folder);
        var tool = Path.Combine(folder, "iptables-restore");
        File.WriteAllText(tool, "#!/bin/sh\nexit 4\n");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        var path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", $"{folder}:{path}");
        try
        {
            using var gate = GateDaemon.Start(Node);
            GatePort.Await(_three.Client, Node.AddressIpv6, Meets.Server, 20);
            gate.AwaitEvent(nameof(RedirectChangeFailed));
            Thread.Sleep(2500);
            Assert.Equal(Meets.Refused, GatePort.Meet(_three.Client, Node.Address));
            Assert.Single(gate.Events(nameof(RedirectChangeFailed)));
            File.Delete(tool);
            GatePort.Await(_three.Client, Node.Address, Meets.Server, 20);
            gate.Stop();
            Record.MustHold(gate);
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
            File.Delete(tool);
        }
    }

    [Theory]
    [InlineData("--frobnicate", "")]
    [InlineData("--source-address", "10.0.0.1/8")]
    [InlineData("--source-address", "10.0.0.0/33")]
    [InlineData("--source-address", "everywhere")]
    [InlineData("--source-address", "fd00::/8")]
    [InlineData("--source-address-ipv6", "10.0.0.0/8")]
    [InlineData("--gate-port", "0")]
    [InlineData("--gate-port", "70000")]
    [InlineData("--gate-port", "3306")]
    [InlineData("--server-port", "mysql")]
    [InlineData("--rise", "0")]
    [InlineData("--check-interval", "5")]
    [InlineData("--open-after", "1h")]
    [InlineData("--node", "a\"b")]
    [InlineData("--defaults-extra-file", "/no/such/file")]
    [InlineData("--defaults-extra-file", "/proc/self/mem")]
    [InlineData("--host", "no.such.host.invalid")]
    [InlineData("--journal", "/proc/journal")]
    [InlineData("--journal", "/dev/null")]
    public void Bad_input_is_reported_in_one_line_with_exit_code_2_and_changes_nothing(string option, string value)
    {
        var before = Tables;
        string[] journal = option == "--journal" ? [] : ["--journal", Path.Combine(Node.Folder, "never")];

        var (exitCode, output, error) = Node.Space.Try(
            GateDaemon.Binary, ["run", option, .. value.Length > 0 ? [value] : Array.Empty<string>(), .. journal]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("galeragate: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Equal(before, Tables);
        Assert.False(Directory.Exists(Path.Combine(Node.Folder, "never")));
    }

    [Fact]
    public void A_changed_policy_is_loaded_without_a_gate_change_and_a_wrong_one_refused()
    {
        var file = Path.Combine(Node.Folder, "galeragate.conf");
        File.WriteAllText(file, "rise = 3\n");
        using var gate = Open("--config", file);
        File.WriteAllText(file, "rise = 4\navailable-when-read-only = true\n");
        gate.Signal("-HUP");
        gate.AwaitEvent(nameof(PolicyChanged));

        Node.ReadOnly(true);
        try
        {
            gate.AwaitEvent(nameof(ObservationChanged), 2);
            Assert.Equal(Meets.Server, GatePort.Meet(_three.Client, Node.Address));
        }
        finally
        {
            Node.ReadOnly(false);
        }

        File.WriteAllText(file, "rise = none\n");
        gate.Signal("-HUP");
        Shell.Await(
            () => gate.Log.Contains("the old one stays in force", StringComparison.Ordinal),
            TimeSpan.FromSeconds(10),
            "the refusal in the log");
        Assert.Equal(Meets.Server, GatePort.Meet(_three.Client, Node.Address));
        gate.Stop();
        Assert.Single(gate.Events(nameof(PolicyChanged)));
        Assert.Single(gate.Events(nameof(GateOpened)));
        Record.MustHold(gate);
    }

    [Fact]
    public void The_password_appears_in_no_command_line_log_or_journal()
    {
        using var gate = Open();
        var commandLines = string.Concat(
            Directory
                .GetFiles(
                    "/proc",
                    "cmdline",
                    new EnumerationOptions
                    {
                        RecurseSubdirectories = true,
                        MaxRecursionDepth = 1,
                        IgnoreInaccessible = true,
                    })
            .Select(file => { try { return File.ReadAllText(file); } catch (IOException) { return ""; } }));
        gate.Stop();

        foreach (var text in new[] { commandLines, gate.Log, string.Concat(gate.Events().Select(e => e.GetRawText())) })
        {
            Assert.DoesNotContain(ClusterNode.ProbePassword, text, StringComparison.Ordinal);
        }
    }

    private GateDaemon Open(params IEnumerable<string> arguments)
    {
        var gate = GateDaemon.Start(Node, arguments);
        try
        {
            GatePort.Await(_three.Client, Node.Address, Meets.Server, 20);
            GatePort.Await(_three.Client, Node.AddressIpv6, Meets.Server, 20);

            // A rule takes effect before its event is on disk; a test that kills the daemon next needs both.
            gate.AwaitEvent(nameof(RedirectAdded), 2);
            return gate;
        }
        catch (TimeoutException e)
        {
            gate.Dispose();
            throw new TimeoutException($"{e.Message}\n{gate.Log}", e);
        }
    }
}
