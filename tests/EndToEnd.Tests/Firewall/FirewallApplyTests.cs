using System.Diagnostics;
using System.Globalization;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>
/// How firewall apply rolls back, with the real binary: processes killed at every moment, locks held by other programs,
/// answers that come too late, disks that cannot be written.
/// </summary>
public sealed class FirewallApplyTests : IDisposable
{
    private const string Chain = "GALERAGATE-IN-3308";
    private const string New = "10.99.0.0/24";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly LabHost _host = new();
    private readonly Space _space;
    private readonly List<IDisposable> _open = [];
    private string _before = "";

    public FirewallApplyTests()
    {
        _space = _host.AddSpace("node");
        _space.Run("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT");
        _space.Run("ip6tables", "-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT");
        _before = Tables();
    }

    public void Dispose()
    {
        _open.ForEach(one => one.Dispose());
        _host.Dispose();
    }

    [Theory]
    [InlineData("-TERM", "")]
    [InlineData("-QUIT", "")]
    [InlineData("-HUP", "")]
    [InlineData("-KILL", "galeragate: the process that keeps the way back ended (exit 137): putting the rules back\n")]
    public void When_the_keeper_is_killed_the_rules_are_rolled_back_at_once(string signal, string says)
    {
        var apply = Apply("60s");
        AwaitQuestion(apply);

        Shell.Signal(signal, Keeper(apply));

        AwaitBefore();
        var (exitCode, output, error) = EndOf(apply);
        Assert.Equal((1, says), (exitCode, error));
        Assert.EndsWith("\nnot confirmed: the rules are as they were before\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_change_in_progress_is_undone_when_its_process_is_killed(bool keeper)
    {
        // The change of the second family takes 1.5 s to begin.
        var begun = Path.Combine(_host.Folder, "begun");
        var apply = Apply("60s", Slow("ip6tables-restore", $"touch {begun}\nsleep 1.5"));
        Shell.Await(() => File.Exists(begun), Soon, "the change of the second family");

        Shell.Signal("-KILL", keeper ? Keeper(apply) : apply.Id);

        AwaitBefore();
        Thread.Sleep(TimeSpan.FromSeconds(2)); // a change still in progress would be visible by then
        Assert.Equal(_before, Tables());
    }

    [Fact]
    public void A_late_confirmation_is_refused_and_nothing_is_made_persistent()
    {
        using var host = WithFile("");
        // Making the changes takes longer than the confirmation time allows; undoing them does not.
        var once = Path.Combine(_host.Folder, "once");
        var apply = Start(host, "1s", Slow(
            "ip6tables-restore",
            $"/usr/sbin/ip6tables-restore \"$@\" || exit; [ -e {once} ] || {{ touch {once}; sleep 5; }}; exit 0"));
        AwaitNew();
        // The process has not ended when the answer comes, however late the answer is.
        Shell.Signal("-STOP", apply.Id);
        AwaitBefore();
        apply.StandardInput.WriteLine("yes");
        apply.StandardInput.Flush();
        Shell.Signal("-CONT", apply.Id);

        var (exitCode, output, _) = EndOf(apply);
        Assert.Equal(1, exitCode);
        Assert.EndsWith("not confirmed: the rules are as they were before\n", output, StringComparison.Ordinal);
        Assert.Equal(_before, Tables());
        Assert.DoesNotContain(Chain, host.Read("/etc/sysconfig/iptables")!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_held_lock_only_delays_the_rollback()
    {
        using var host = new PrivateHost(_space);
        foreach (var tool in new[] { "iptables", "ip6tables", "iptables-restore", "ip6tables-restore" })
        {
            var legacy = tool.Replace("tables", "tables-legacy", StringComparison.Ordinal);
            Assert.Equal(0, host.Try("ln", "-sf", $"/usr/sbin/{legacy}", $"/etc/alternatives/{tool}").ExitCode);
        }

        string Legacy() => _space.Run("iptables-legacy", "-S") + _space.Run("ip6tables-legacy", "-S");
        _before = Legacy();
        var apply = Start(host, "1s", "/usr/bin");
        Shell.Await(() => apply.StandardOutput.Peek() == 'T', Soon, "the question");

        using var holder = host.Start("flock", "/run/xtables.lock", "sleep", "7");
        holder.WaitForExit();

        var (exitCode, _, error) = EndOf(apply);
        Assert.Equal((1, _before), (exitCode, Legacy()));
        foreach (var family in new[] { "ipv4", "ipv6" })
        {
            Assert.Contains($"{family} is not as it was before yet (", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_two_applies_at_once_the_second_changes_nothing_and_names_the_first()
    {
        var apply = Apply("60s");
        AwaitNew();

        var (exitCode, _, error) = _space.Try(GateDaemon.Binary, Arguments("off"));
        var who = $"another program (pid {Keeper(apply)}, of root)";
        var says = $"{who} changes {Chain} at this moment, or waits for its confirmation; nothing has changed";
        Assert.Equal((1, $"galeragate: {says}\n"), (exitCode, error));
        Assert.Equal(1, _space.Try(GateDaemon.Binary, "firewall", "remove").ExitCode);

        apply.StandardInput.Close();
        AwaitBefore();
        Assert.Equal(1, EndOf(apply).ExitCode);
        Assert.Equal(0, _space.Try(GateDaemon.Binary, Arguments("off")).ExitCode);
        AwaitNew();
    }

    [Fact]
    public void Confirmed_rules_that_cannot_be_saved_are_reported_as_not_persistent()
    {
        using var host = WithFile("mount -t tmpfs -o size=4k tmpfs /etc/sysconfig");
        var before = host.Read("/etc/sysconfig/iptables");

        var (exitCode, output, error) = host.Try(GateDaemon.Binary, Arguments("off"));

        const string OfIpv6 = "this host has neither netfilter-persistent nor /etc/sysconfig/iptables";
        Assert.Equal((1, $"ipv6: not kept over a reboot: {OfIpv6}\n"), (exitCode, output));
        var says = $"galeragate: {Chain} is in force, but the next boot restores the former rules: ";
        Assert.StartsWith(says, error, StringComparison.Ordinal);
        Assert.Contains("/etc/sysconfig/iptables", error, StringComparison.Ordinal);
        Assert.Equal(before, host.Read("/etc/sysconfig/iptables"));
        Assert.Equal("iptables\n", host.Try("ls", "-A", "/etc/sysconfig").Output);
        AwaitNew();
    }

    [Fact]
    public void Rules_after_a_foreign_first_rule_are_not_reported_as_in_force()
    {
        using var host = WithFile("");
        var apply = Start(host, "60s", "/usr/bin");
        AwaitNew();
        _space.Run("iptables", "-I", "INPUT", "-s", "10.0.0.9", "-j", "DROP");
        apply.StandardInput.WriteLine("yes");
        apply.StandardInput.Flush();

        var (exitCode, output, error) = EndOf(apply);
        Assert.Equal(1, exitCode);
        Assert.DoesNotContain($"{Chain} is in force", output, StringComparison.Ordinal);
        const string Why = "ipv4: -A INPUT -s 10.0.0.9/32 -j DROP precedes it";
        Assert.Equal($"galeragate: {Chain} is not as planned, and nothing was made persistent: {Why}\n", error);
        Assert.DoesNotContain(Chain, host.Read("/etc/sysconfig/iptables")!, StringComparison.Ordinal);

        Assert.Equal(0, host.Try(GateDaemon.Binary, Arguments("off")).ExitCode);
        Assert.Equal($"-A INPUT -j {Chain}\n", _space.Run("iptables", "-S", "INPUT", "1"));
    }

    private static string[] Arguments(string within) =>
    [
        "firewall", "apply", "--peers", "10.77.0.0/24", "--clients", New, "--balancers", "fd99::/64",
        "--confirm-within", within,
    ];

    /// <summary>A host that restores IPv4 rules at boot, after the given command has run.</summary>
    private PrivateHost WithFile(string prepare)
    {
        var host = new PrivateHost(_space);
        const string File = "printf '*filter\\n:INPUT ACCEPT [0:0]\\nCOMMIT\\n%3900s\\n' '#' > /etc/sysconfig/iptables";
        var (exitCode, _, error) = host.Try("sh", "-ec", $"mkdir -p /etc/sysconfig; {prepare}\n{File}");
        Assert.True(exitCode == 0, error);
        return host;
    }

    /// <summary>
    /// A folder to put first in PATH, with a wrapper that does something before a command or instead of it.
    /// </summary>
    private string Slow(string command, string script)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_host.Folder, "bin")).FullName;
        var file = Path.Combine(folder, command);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\nexec /usr/sbin/{command} \"$@\"\n");
        Shell.Run("chmod", "755", file);
        return folder;
    }

    private Process Apply(string within, string path = "/usr/bin") =>
        Opened(_space.Start("env", ["PATH=" + path + ":/usr/sbin:/usr/bin", GateDaemon.Binary, .. Arguments(within)]));

    private Process Start(PrivateHost host, string within, string path) =>
        Opened(host.Start("env", ["PATH=" + path + ":/usr/sbin:/usr/bin", GateDaemon.Binary, .. Arguments(within)]));

    private Process Opened(Process process)
    {
        _open.Add(process);
        return process;
    }

    private static (int ExitCode, string Output, string Error) EndOf(Process apply)
    {
        var error = apply.StandardError.ReadToEndAsync();
        var output = apply.StandardOutput.ReadToEnd();
        apply.WaitForExit();
        return (apply.ExitCode, output, error.Result);
    }

    /// <summary>The process that the command started.</summary>
    private static int Keeper(Process apply) =>
        int.Parse(Shell.Run("pgrep", "-P", $"{apply.Id}"), CultureInfo.InvariantCulture);

    /// <summary>Reads the output up to the question, which stands on a line that is not ended.</summary>
    private static void AwaitQuestion(Process apply)
    {
        var asked = "";
        while (!asked.EndsWith("type yes within 60s: ", StringComparison.Ordinal))
        {
            var next = apply.StandardOutput.Read();
            Assert.True(next >= 0, asked);
            asked += (char)next;
        }
    }

    private void AwaitNew() => Shell.Await(
        () => _space.Run("ip6tables", "-S", "INPUT").Contains(Chain, StringComparison.Ordinal), Soon, "the new rules");

    private void AwaitBefore() => Shell.Await(() => Tables() == _before, Soon, "the rules of before");

    private string Tables() => _space.Run("iptables", "-S") + _space.Run("ip6tables", "-S");
}
