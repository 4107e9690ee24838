using System.Text;
using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Doctor;

/// <summary>Each line of the doctor's report turns wrong when its subject is broken.</summary>
[Collection(nameof(ThreeOtherNodes))]
public sealed class DoctorTests : IDisposable
{
    private readonly ThreeNodes _three;
    private readonly LabHost _host = new();
    private readonly Space _bare;

    public DoctorTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
        _bare = _host.AddSpace("bare");
    }

    private ClusterNode Node => _three.Node(3);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_healthy_node_has_no_error_and_each_line_appears_once()
    {
        using var gate = GateDaemon.Start(Node);
        Shell.Await(() => gate.Ask("status").ExitCode == 0, TimeSpan.FromSeconds(20), "the gate");

        var (exitCode, findings) = Examine(Node.Space, OfNode("--control", gate.Control));

        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                "capabilities",
                "conntrack",
                "credentials",
                "daemon",
                "firewall",
                "galera",
                "grants",
                "hold-file",
                "host-cache",
                "input",
                "ip6tables",
                "iptables",
                "journal",
                "knock-ipv4",
                "knock-ipv6",
                "lease",
                "listening",
                "notify", "saved-tables", "server", "ss-kill", "sst-method"],
            findings.Where(finding => finding.Value.Severity == "ok").Select(finding => finding.Key).Order());
        Assert.Contains("gate open", findings["daemon"].Says, StringComparison.Ordinal);
        gate.Stop();
    }

    [Fact]
    public void Doctor_finds_credentials_that_others_can_read_and_prints_the_fix()
    {
        var file = Path.Combine(_host.Folder, "probe.cnf");
        File.Copy(Node.Credentials, file);
        Shell.Run("chmod", ["640", file]);
        Assert.Equal("ok", Examine(Node.Space, OfNode("--defaults-extra-file", file)).Findings["credentials"].Severity);
        Shell.Run("chmod", ["660", file]);
        Assert.Equal(
            "warning", Examine(Node.Space, OfNode("--defaults-extra-file", file)).Findings["credentials"].Severity);
        Shell.Run("chmod", ["644", file]);

        var before = Examine(Node.Space, OfNode("--defaults-extra-file", file)).Findings["credentials"];
        Assert.Equal("error", before.Severity);
        Shell.Run("sh", ["-c", before.Mend!]);
        Assert.Equal("ok", Examine(Node.Space, OfNode("--defaults-extra-file", file)).Findings["credentials"].Severity);
    }

    [Fact]
    public void Doctor_reports_credentials_that_the_server_refuses_without_the_secret()
    {
        var file = Path.Combine(_host.Folder, "probe.cnf");
        File.WriteAllText(file, "[client]\nuser=galeragate\npassword=wrong-secret\n");

        var (exitCode, findings) = Examine(Node.Space, OfNode("--defaults-extra-file", file));

        Assert.Equal((1, "error"), (exitCode, findings["server"].Severity));
        Assert.Contains("refuses the probe's credentials", findings["server"].Says, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "wrong-secret",
            JsonSerializer.Serialize(findings.Values.Select(finding => finding.ToString())),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_reports_a_server_that_is_down_or_hangs_or_has_no_free_connection()
    {
        Assert.Equal("error", Examine(_bare, ["--socket", "/no/such/socket"]).Findings["server"].Severity);

        using var silent = ScriptedServer.Silent();
        var hangs = Examine(
            null,
            ["--host", "127.0.0.1", "--port", $"{silent.Port}", "--probe-timeout", "200ms"]
        ).Findings["server"];
        Assert.Equal("error", hangs.Severity);
        Assert.Contains("does not answer within", hangs.Says, StringComparison.Ordinal);

        Node.Execute($"ALTER USER {ClusterNode.ProbeUser}@'%' WITH MAX_USER_CONNECTIONS 1");
        try
        {
            using var gate = GateDaemon.Start(Node, "--dry-run");
            gate.AwaitEvent("VerdictChanged");
            var full = Examine(Node.Space, OfNode()).Findings["server"];
            Assert.Equal("error", full.Severity);
            Assert.Contains("no connection left", full.Says, StringComparison.Ordinal);
        }
        finally
        {
            Node.Execute($"ALTER USER {ClusterNode.ProbeUser}@'%' WITH MAX_USER_CONNECTIONS 0");
        }
    }

    [Fact]
    public void Doctor_reports_an_account_that_may_do_more_than_connect()
    {
        Node.Execute($"GRANT SELECT, RELOAD ON *.* TO {ClusterNode.ProbeUser}@'%'");
        try
        {
            var grants = Examine(Node.Space, OfNode()).Findings["grants"];
            Assert.Equal("warning", grants.Severity);
            Assert.Contains("SELECT, RELOAD", grants.Says, StringComparison.Ordinal);
            Assert.DoesNotContain("PASSWORD", grants.Says, StringComparison.Ordinal);
        }
        finally
        {
            Node.Execute($"REVOKE SELECT, RELOAD ON *.* FROM {ClusterNode.ProbeUser}@'%'");
        }
    }

    [Fact]
    public void Doctor_reports_a_nonblocking_method_that_is_not_in_the_list()
    {
        Node.SetSstMethod("mariabackup");
        try
        {
            var method = Examine(Node.Space, OfNode()).Findings["sst-method"];
            Assert.Equal("warning", method.Severity);
            Assert.EndsWith(
                "nonblocking-sst-methods = xtrabackup,xtrabackup-v2,mariabackup",
                method.Mend,
                StringComparison.Ordinal);
            Assert.Equal(
                "ok",
                Examine(Node.Space, OfNode("--nonblocking-sst-methods", "mariabackup")).Findings["sst-method"].Severity
            );
        }
        finally
        {
            Node.SetSstMethod("rsync");
        }
    }

    [Fact]
    public void Doctor_reports_a_notify_command_that_is_missing_or_cannot_run()
    {
        var script = Path.Combine(_host.Folder, "notify");
        using var server = PlainServer.StartIn(_bare, $"--wsrep-notify-cmd={script}");
        string[] options = ["--socket", server.Socket, "--defaults-extra-file", "/dev/null"];

        Assert.Contains("does not exist", Examine(_bare, options).Findings["notify"].Says, StringComparison.Ordinal);
        File.WriteAllText(script, "#!/bin/sh\n");
        var wrong = Examine(_bare, options).Findings["notify"];
        Assert.Contains("cannot be executed", wrong.Says, StringComparison.Ordinal);
        Shell.Run("sh", ["-c", wrong.Mend!]);
        Assert.Equal("ok", Examine(_bare, options).Findings["notify"].Severity);
    }

    [Fact]
    public void Doctor_reports_no_Galera_loopback_or_IPv6_only_and_low_connect_errors()
    {
        using (var loopback = PlainServer.StartIn(_bare))
        {
            var alone = Examine(_bare, ["--socket", loopback.Socket, "--defaults-extra-file", "/dev/null"]);
            Assert.Equal(
                (1, "error", "error"),
                (alone.ExitCode, alone.Findings["galera"].Severity, alone.Findings["listening"].Severity));
            Assert.Contains("on 127.0.0.1 alone", alone.Findings["listening"].Says, StringComparison.Ordinal);
            Assert.Equal(
                "error",
                Examine(
                    _bare, ["--socket", loopback.Socket, "--defaults-extra-file", "/dev/null", "--server-port", "3307"])
                    .Findings["listening"]
                    .Severity);
        }

        using var server = PlainServer.StartIn(
            _bare, "--skip-name-resolve=0", "--bind-address=::", "--max-connect-errors=10", "--performance-schema=ON");
        string[] options = ["--socket", server.Socket, "--defaults-extra-file", "/dev/null"];
        var before = Examine(_bare, options).Findings;
        Assert.Contains("on IPv6 alone", before["listening"].Says, StringComparison.Ordinal);
        Assert.Equal(
            ("warning", true),
            (
                before["host-cache"].Severity,
                before["host-cache"].Says.Contains("max_connect_errors is 10", StringComparison.Ordinal)));
    }

    [Fact]
    public void Doctor_reports_a_port_published_by_a_container_without_a_host_process()
    {
        _bare.Run("iptables", "-t", "nat", "-N", "DOCKER");
        var published = "-A DOCKER -p tcp -m tcp --dport 3306 -j DNAT --to-destination 172.17.0.2:3306";
        _bare.Run("iptables", ["-t", "nat", .. published.Split(' ')]);

        var (exitCode, findings) = Examine(_bare, []);

        Assert.Equal((1, "error"), (exitCode, findings["listening"].Severity));
        Assert.Contains(
            $"published from elsewhere by {published},", findings["listening"].Says, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_reports_a_balancer_that_checks_with_bare_TCP_until_it_is_blocked()
    {
        var client = _host.AddSpace("client");
        client.Run("ip", ["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", _bare.Name]);
        foreach (var (space, number) in new[] { (_bare, 1), (client, 2) })
        {
            space.Run("ip", ["addr", "add", $"10.77.0.{number}/24", "dev", "eth0"]);
            space.Run("ip", ["link", "set", "eth0", "up"]);
        }

        // The server counts connection errors only for hosts whose name it can resolve. ip netns exec mounts this file
        // over /etc/hosts.
        var names = Directory.CreateDirectory($"/etc/netns/{_bare.Name}").FullName;
        File.WriteAllText(Path.Combine(names, "hosts"), "127.0.0.1 localhost\n10.77.0.2 balancer\n");
        using var server = PlainServer.StartIn(
            _bare, "--skip-name-resolve=0", "--bind-address=*", "--max-connect-errors=10", "--performance-schema=ON");
        string[] options = ["--socket", server.Socket, "--defaults-extra-file", "/dev/null"];
        Directory.Delete(names, recursive: true);
        Check(7);
        var near = Examine(_bare, options).Findings["host-cache"];
        Assert.True(
            near.Severity == "warning"
                && near.Says.Contains("balancer has 7 broken handshakes of at most 10", StringComparison.Ordinal),
            near.ToString());
        Check(6);
        var blocked = Examine(_bare, options).Findings["host-cache"];
        Assert.True(
            blocked.Severity == "error" && blocked.Says.EndsWith("the server blocks it", StringComparison.Ordinal),
            blocked.ToString());
        Assert.Contains("is blocked because of many connection errors", Greeting(), StringComparison.Ordinal);

        // With the advised setting, an hour of checks at one a second blocks no host.
        server.Sql("SET GLOBAL max_connect_errors = 4294967295; FLUSH HOSTS");
        Check(3600);
        Assert.DoesNotContain("blocked", Greeting(), StringComparison.Ordinal);
        Assert.Equal("ok", Examine(_bare, options).Findings["host-cache"].Severity);

        string Greeting()
        {
            using var socket = GatePort.Connect(client, "10.77.0.1", 3306);
            var greeting = new byte[512];
            return Encoding.ASCII.GetString(greeting, 0, socket.Receive(greeting));
        }

        void Check(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _ = GatePort.Meet(client, "10.77.0.1", 3306);
            }
        }
    }

    [Fact]
    public void Doctor_reports_a_daemon_without_capabilities()
    {
        var (exitCode, findings) = ExamineBy(_bare, "setpriv --bounding-set=-net_admin,-net_raw --inh-caps=-all", []);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            ["error", "error", "error"],
            new[] { "capabilities", "iptables", "ip6tables" }.Select(subject => findings[subject].Severity));
        Assert.Equal(
            ["warning", "warning"], new[] { "lease", "ss-kill" }.Select(subject => findings[subject].Severity));
    }

    [Theory]
    [InlineData("/usr/sbin", "iptables", "error")]
    [InlineData("/usr/sbin", "ip6tables", "error")]
    [InlineData("/usr/sbin", "conntrack", "warning")]
    [InlineData("/usr/bin", "listening", "warning")]
    [InlineData("/usr/bin", "ss-kill", "warning")]
    public void Doctor_names_the_package_of_a_tool_that_is_not_installed(string folder, string subject, string severity)
    {
        var finding = ExamineIn(
            _bare, $"mount -t tmpfs none {folder}", ["--firewall", "iptables"]).Findings[subject];

        Assert.True(
            finding.Severity == severity && finding.Mend!.StartsWith("apt-get install ", StringComparison.Ordinal),
            finding.ToString());
    }

    [Fact]
    public void Doctor_reports_rules_in_both_iptables_variants()
    {
        _bare.Run("iptables-legacy", ["-t", "nat", "-A", "POSTROUTING", "-j", "ACCEPT"]);

        Assert.Equal(
            ("warning", "ok"),
            (Examine(_bare, []).Findings["iptables"].Severity, Examine(_bare, []).Findings["ip6tables"].Severity));
    }

    [Fact]
    public void Doctor_finds_saved_gate_rules_and_prints_the_command_that_removes_them()
    {
        using var host = new PrivateHost(_bare);
        _ = host.Try("mkdir", "-p", "/etc/iptables");
        _ = host.Try(
            "sh",
            "-c",
            "printf '*nat\\n:GALERAGATE-3308 - [0:0]\\n-A GALERAGATE-3308 -p tcp -m set --match-set GALERAGATE-3308 "
            + "dst -j DNAT --to-destination :3306\\nCOMMIT\\n' > /etc/iptables/rules.v4");

        var saved = Saved();

        Assert.Equal("error", saved.Severity);
        Assert.Contains(
            "/etc/iptables/rules.v4 has rules of GALERAGATE-3308 that cannot be restored without its set: at boot the "
            + "file is refused as a whole, and the host has no firewall",
            saved.Says,
            StringComparison.Ordinal);
        _ = host.Try("sh", "-c", saved.Mend!);
        Assert.Equal("ok", Saved().Severity);

        Line Saved() =>
            Parse(host.Try(GateDaemon.Binary, ["doctor", "--json", .. WithJournal([])])).Findings["saved-tables"];
    }

    /// <summary>nft of Debian 11 does not load the redirect; every nft refuses a file with a fault.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("table inet theirs { chain c { nonsense } }")]
    public void Doctor_reports_a_saved_table_that_nft_does_not_load(string theirs)
    {
        using var host = new PrivateHost(_bare);
        _ = host.Try(
            "sh",
            "-c",
            "printf 'flush ruleset\n%s\ntable inet galeragate-3308 {\n\tset open {\n\t\ttype inet_service\n"
            + "\t\tflags timeout\n\t\telements = { 3308 timeout 5s }\n\t}\n\tchain gate {\n\t\ttype nat hook "
            + "prerouting priority -100;\n\t\ttcp dport 3308 tcp dport @open dnat to :3306\n\t}\n}\n' "
            + $"'{theirs}' > /etc/nftables.conf");
        var isLoaded = host.Try("nft", "--check", "--file", "/etc/nftables.conf").ExitCode == 0;

        var findings = Parse(host.Try(GateDaemon.Binary, ["doctor", "--json", .. WithJournal([])])).Findings;

        var saved = findings["saved-tables"];
        Assert.False(isLoaded && theirs.Length > 0);
        Assert.Equal(isLoaded ? "warning" : "error", saved.Severity);
        Assert.Contains(
            isLoaded ? "the gate is open for some seconds" : "cannot be loaded: /etc/nftables.conf:",
            saved.Says,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_reports_a_table_that_iptables_can_no_longer_read()
    {
        _bare.Run("nft", "add table ip nat; add chain ip nat X; add rule ip nat X tcp dport 99 meta mark set 5");

        var findings = Examine(_bare, ["--firewall", "iptables"]).Findings;

        Assert.Equal(
            ("ok", "ok"),
            (Examine(_bare, []).Findings["firewall"].Severity, Examine(_bare, []).Findings["nftables"].Severity));
        Assert.Equal(("error", "ok"), (findings["iptables"].Severity, findings["ip6tables"].Severity));
        Assert.Contains("a rule that nft itself made", findings["iptables"].Says, StringComparison.Ordinal);
        Assert.StartsWith("nft list table ip nat;", findings["iptables"].Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_finds_filter_rules_that_block_redirected_clients_and_prints_the_fix()
    {
        _bare.Run("iptables", ["-P", "INPUT", "DROP"]);
        _bare.Run("iptables", ["-A", "INPUT", "-p", "tcp", "--dport", "3308", "-j", "ACCEPT"]);
        var wrong = Examine(_bare, []).Findings["input"];
        Assert.Equal("error", wrong.Severity);
        _bare.Run("iptables", ["-F", "INPUT"]);

        _bare.Run("sh", ["-c", wrong.Mend!]);
        var dropping = Examine(_bare, []).Findings["input"];
        Assert.Equal("warning", dropping.Severity);

        _bare.Run("sh", ["-c", dropping.Mend!]);
        Assert.Equal("ok", Examine(_bare, []).Findings["input"].Severity);
    }

    [Fact]
    public void Doctor_reports_a_connection_tracking_table_that_is_nearly_full()
    {
        const string Folder = "/proc/sys/net/netfilter";
        _bare.Run(
            "iptables", ["-t", "nat", "-A", "POSTROUTING", "-m", "conntrack", "--ctstate", "INVALID", "-j", "RETURN"]);
        var (count, most) = (Path.Combine(_host.Folder, "count"), Path.Combine(_host.Folder, "max"));
        File.WriteAllText(count, "900\n");
        File.WriteAllText(most, "1000\n");

        var full = ExamineIn(
            _bare,
            $"mount --bind {count} {Folder}/nf_conntrack_count && mount --bind {most} {Folder}/nf_conntrack_max",
            []
        ).Findings["conntrack"];

        Assert.Equal(
            ("warning", "900 of 1000 entries in use: when it is full new connections are dropped"),
            (full.Severity, full.Says));
    }

    [Fact]
    public void Doctor_reports_a_missing_daemon_a_hold_and_the_hold_file()
    {
        Assert.Equal("warning", Examine(_bare, []).Findings["daemon"].Severity);

        using var dry = new DryDaemon();
        dry.Gate.Ask("hold", "--reason", "upgrade");
        var held = Examine(_bare, ["--control", dry.Gate.Control, "--hold-file", dry.Gate.HoldFile]).Findings;
        Assert.Equal(
            ("warning", "galeragate release", "ok"),
            (held["daemon"].Severity, held["daemon"].Mend, held["hold-file"].Severity));

        File.WriteAllText(dry.Gate.HoldFile, "");
        var file = Examine(_bare, ["--hold-file", dry.Gate.HoldFile]).Findings["hold-file"];
        Assert.Equal(("warning", $"rm {dry.Gate.HoldFile}"), (file.Severity, file.Mend));
    }

    [Theory]
    [InlineData("size=1m", "error", "MiB free")]
    [InlineData("size=200m", "warning", "MiB free")]
    [InlineData("size=1m,ro", "error", "cannot be written")]
    public void Doctor_reports_a_journal_disk_without_free_space(string mount, string severity, string says)
    {
        var folder = Path.Combine(_host.Folder, "small");
        Directory.CreateDirectory(folder);

        var journal = ExamineIn(
            _bare,
            $"mount -t tmpfs -o {mount} none {folder}",
            ["--journal", $"{folder}/journal"]
        ).Findings["journal"];

        Assert.True(
            journal.Severity == severity && journal.Says.Contains(says, StringComparison.Ordinal), journal.ToString());
    }

    [Fact]
    public void Bad_usage_gives_exit_code_2() =>
        Assert.Equal(2, Shell.Try(GateDaemon.Binary, ["doctor", "--gate-port", "0"]).ExitCode);

    private string[] OfNode(params string[] arguments)
    {
        string[] usual = ["--socket", Node.Socket, "--defaults-extra-file", Node.Credentials];
        return arguments.Contains("--defaults-extra-file")
            ? ["--socket", Node.Socket, .. arguments]
            : [.. usual, .. arguments];
    }

    private (int ExitCode, Dictionary<string, Line> Findings) Examine(Space? space, string[] arguments) =>
        ExamineBy(space, "", arguments);

    private (int ExitCode, Dictionary<string, Line> Findings) ExamineIn(
        Space space,
        string prepare,
        string[] arguments
    ) =>
        Parse(
            space.Try(
                "unshare",
                [
                    "-m",
                    "sh",
                    "-c",
                    $"{prepare} && exec \"$@\"",
                    "sh",
                    GateDaemon.Binary,
                    "doctor",
                    "--json",
                    .. WithJournal(arguments),
                ]));

    private (int ExitCode, Dictionary<string, Line> Findings) ExamineBy(Space? space, string prefix, string[] arguments)
    {
        string[] command =
        [
            .. prefix.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            GateDaemon.Binary,
            "doctor",
            "--json",
            .. WithJournal(arguments),
        ];
        return Parse(space is null ? Shell.Try(command[0], command[1..]) : space.Try(command[0], command[1..]));
    }

    private string[] WithJournal(string[] arguments) =>
        arguments.Contains("--journal")
            ? arguments
            : [.. arguments, "--journal", Path.Combine(_host.Folder, "journal")];

    private static (int ExitCode, Dictionary<string, Line> Findings) Parse(
        (int ExitCode, string Output, string Error) ran)
    {
        Assert.True(ran.Output.StartsWith('['), ran.Output + ran.Error);
        return (ran.ExitCode, JsonDocument.Parse(ran.Output).RootElement.EnumerateArray().ToDictionary(
            finding => finding.GetProperty("subject").GetString()!,
            finding => new Line(
                finding.GetProperty("severity").GetString()!,
                finding.GetProperty("says").GetString()!,
                finding.TryGetProperty("mend", out var mend) ? mend.GetString() : null)));
    }

    private sealed record Line(string Severity, string Says, string? Mend);
}
