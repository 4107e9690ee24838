using System.Globalization;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Mysqlchk;

/// <summary>
/// mysqlchk_iptables under its own name, against a real node: its lines and exit codes, and the correct behaviour for
/// each of the script's mistakes.
/// </summary>
[Collection(nameof(ThreeMoreNodes))]
public sealed class MysqlchkTests : IDisposable
{
    private const string PidFile = "/var/run/mysqlchk_iptables";
    private const string LogFile = "/var/log/mysqlchk_iptables";
    private const string Password = "two words; $(id) `x` \"quoted' #1";

    private readonly ThreeNodes _three;
    private readonly ClusterNode _node;
    private readonly PrivateHost _host;
    private readonly string _script;
    private readonly string _file;

    public MysqlchkTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
        _node = nodes.Node(3);
        _host = new PrivateHost(_node.Space);
        _script = Path.Combine(_node.Folder, "mysqlchk_iptables");
        File.Delete(_script);
        File.CreateSymbolicLink(_script, GateDaemon.Binary);
        _file = Path.Combine(_node.Folder, "script.cnf");
        File.WriteAllText(_file, $"[client]\nsocket={_node.Socket}\n");
        _node.Execute("CREATE USER IF NOT EXISTS mysqlchk_user@localhost IDENTIFIED BY 'mysqlchk_password'");
        _node.Execute(
            $"CREATE USER IF NOT EXISTS odd@localhost IDENTIFIED BY "
            + $"'{Password.Replace("'", "''", StringComparison.Ordinal)}'");
    }

    public void Dispose()
    {
        _node.ReadOnly(false);
        _host.Dispose();
        _ = _node.Space.Try(GateDaemon.Binary, "firewall", "purge");
        _ = _node.Space.Try("iptables", "-w", "-t", "nat", "-F", "PREROUTING");
    }

    [Fact]
    public void The_daemon_starts_reports_and_stops_with_the_scripts_lines_and_exit_codes()
    {
        Assert.Equal((1, "PID file does not exist. Script is not running.\n", ""), Script("-s"));
        Assert.Equal(
            (1, "Stopping mysqlchk_iptables..\nPID file does not exist. Nothing to kill. Exiting.\n", ""),
            Script("-x"));

        var started = Script("-d");
        var pid = _host.Read(PidFile)!.Trim();

        Assert.Equal((0, $"{_script} started with PID {pid}.\n", ""), started);
        Assert.Equal((0, $"PID file exists. Script is running with PID {pid}.\n", ""), Script("-s"));
        Assert.Equal((1, $"PID file exists at {PidFile}. Refusing to fork another process.\n", ""), Script("--daemon"));
        Meet(Meets.Server);
        Assert.Equal((0, $"Stopping mysqlchk_iptables..\n{_script} stopped. Bye.\n", ""), Script("-x", "-m", "9999"));
        Meet(Meets.Refused);
        Assert.Equal((null, 1), (_host.Read(PidFile), Script("-s").ExitCode));
        Assert.Equal(
            [
                "Script started with PID",
                "Galera Cluster Node is synced.",
                "iptables rule added. 3308 is redirected to 3306.",
                "iptables rule deleted. 3308 removed.",
                $"PID {pid} killed. {PidFile} removed. Bye.",
            ],
            Lines()
                .Where(IsOfScript)
                .Select(line =>
                    line.StartsWith("Script started", StringComparison.Ordinal) ? "Script started with PID" : line));
        Assert.All(
            _host.Read(LogFile)!.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches(@"^\[\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}\] \[INFO\] ", line));
    }

    [Fact]
    public void It_probes_over_one_connection_and_logs_only_changes()
    {
        _ = Script("-d");
        Meet(Meets.Server);
        Shell.Await(
            () => Lines().Any(line => line.StartsWith("ip6tables rule added.", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(5),
            "the last line of the opening");
        Thread.Sleep(500);
        var (connections, lines) = (_node.Status("Connections"), Lines().Count);
        Thread.Sleep(2500);

        // The additional connection is this query's own.
        Assert.Equal(
            long.Parse(connections!, CultureInfo.InvariantCulture) + 1,
            long.Parse(_node.Status("Connections")!, CultureInfo.InvariantCulture));
        Assert.Equal(lines, Lines().Count);
    }

    [Fact]
    public void A_rotated_log_is_started_again_and_dev_null_means_no_log()
    {
        _ = Script("-d");
        Meet(Meets.Server);
        _ = _host.Try("mv", LogFile, LogFile + ".1");
        _node.ReadOnly(true);
        Meet(Meets.Refused);
        Shell.Await(
            () => Lines().Contains("Galera Cluster Node is read-only."),
            TimeSpan.FromSeconds(5),
            "the line in the new file");
        Assert.DoesNotContain("read-only", _host.Read(LogFile + ".1"), StringComparison.Ordinal);
        _node.ReadOnly(false);
        _ = Script("-x");
        _ = _host.Try("rm", LogFile);

        Assert.Equal(0, Script("-d", "-l", "/dev/null").ExitCode);
        Meet(Meets.Server);
        Assert.Equal(0, Script("-x", "-l", "/dev/null").ExitCode);
        Assert.Null(_host.Read(LogFile));
    }

    [Fact]
    public void A_test_run_changes_no_rule_and_fails_if_the_server_does_not_answer()
    {
        _ = Script("-d");
        Meet(Meets.Server);

        var fit = Script("-t");
        _node.ReadOnly(true);
        Meet(Meets.Refused);
        _node.ReadOnly(false);
        Meet(Meets.Server);
        var rules = Rules();
        var policy = _host.Try("env", "GALERAGATE_NONBLOCKING_SST_METHODS=", _script, "-t", "-e", _file, "-m", "3309");
        var denied = Script("-t", "-p", "wrong");

        Assert.Equal(0, fit.ExitCode);
        Assert.Matches(
            @"^Detected variables/status:\nwsrep_local_state: 4\nwsrep_sst_method: rsync\nread_only: OFF\n\n"
            + @"\[.*\] \[INFO\] \(TEST\) iptables rule added\. 3308 is redirected to 3306\.\n"
            + @"\[.*\] \[INFO\] Galera Cluster Node is synced\.\n$",
            fit.Output);
        Assert.Equal(0, policy.ExitCode);
        Assert.Equal(rules, Rules());
        Assert.Equal(1, denied.ExitCode);
        Assert.StartsWith(
            "Unable to detect wsrep_local_state and wsrep_sst_method. Something wasn't right.\nPlease check "
            + "user/password. Ensure those are correct. Aborting.\n",
            denied.Output,
            StringComparison.Ordinal);

        // At this point the script deleted its own daemon's live rule.
        _node.ReadOnly(true);
        Meet(Meets.Refused);
        Shell.Await(
            () => !Rules().Contains("DNAT", StringComparison.Ordinal),
            TimeSpan.FromSeconds(5),
            "the rule to follow the lease");
        rules = Rules();
        var unfit = Script("-t");
        Assert.Contains("(TEST) iptables rule deleted. 3308 removed.\n", unfit.Output, StringComparison.Ordinal);
        Assert.Contains("Galera Cluster Node is read-only.\n", unfit.Output, StringComparison.Ordinal);
        Assert.Equal((0, rules), (unfit.ExitCode, Rules()));
    }

    [Fact]
    public void The_disabled_file_closes_the_gate_while_it_exists()
    {
        _ = Script("-d");
        Meet(Meets.Server);
        _ = _host.Try("touch", "/var/tmp/clustercheck.disabled");
        Meet(Meets.Refused);
        Shell.Await(
            () => Lines().Contains("Galera Cluster Node is manually disabled."), TimeSpan.FromSeconds(5), "the line");
        _ = _host.Try("rm", "/var/tmp/clustercheck.disabled");
        Meet(Meets.Server);
    }

    [Fact]
    public void Relative_paths_are_resolved_where_the_daemon_was_started()
    {
        File.WriteAllText(_file, $"[client]\nsocket={_node.Socket}\nuser=root\n");
        Assert.Equal(
            0,
            _host
                .Try(
                    "sh",
                    "-c",
                    "cd \"$1\" && \"$2\" -d -u '' -p '' -e script.cnf -l run/../script.log",
                    "sh",
                    _node.Folder,
                    _script)
                .ExitCode);
        Meet(Meets.Server);
        Assert.Contains(
            "Galera Cluster Node is synced.",
            File.ReadAllText(Path.Combine(_node.Folder, "script.log")),
            StringComparison.Ordinal);
        Assert.Contains(
            $"there is no file {_node.Folder}/gone.cnf: nothing is read from it",
            _host.Try("sh", "-c", "cd \"$1\" && \"$2\" -t -e gone.cnf", "sh", _node.Folder, _script).Error,
            StringComparison.Ordinal);
        Assert.Equal(0, Script("-x", "-l", "/dev/null").ExitCode);
    }

    /// <summary>
    /// The PID of a killed daemon now belongs to another process, whatever that process's command line.
    /// </summary>
    [Theory]
    [InlineData("sh")]
    [InlineData("galeragate")]
    public void A_stop_never_kills_another_process_that_reuses_the_PID(string program)
    {
        _ = Script("-d");
        Meet(Meets.Server);
        Shell.Signal("-KILL", int.Parse(_host.Read(PidFile)!, CultureInfo.InvariantCulture));
        // The same command line and, in the second case, the same program: each waits for its standard input.
        using var other = program == "sh"
            ? _host.Start("sh", "-c", "read line", "mysqlchk", "--detached")
            : _host.Start(GateDaemon.Binary, "mysqlchk", "--detached");
        try
        {
            _ = _host.Try("sh", "-c", $"echo {other.Id} > {PidFile}; sed -i 's/^[0-9]*/{other.Id}/' {PidFile}.began");

            Assert.Equal(1, Script("-s").ExitCode);
            Assert.Equal(0, Script("-x").ExitCode);
            Assert.False(other.HasExited);
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }
    }

    [Fact]
    public void After_kill_9_the_gate_closes_the_status_is_right_and_it_starts_again()
    {
        _ = Script("-d");
        Meet(Meets.Server);
        var pid = _host.Read(PidFile)!.Trim();
        Shell.Signal("-KILL", int.Parse(pid, CultureInfo.InvariantCulture));

        Meet(Meets.Refused);
        Assert.Equal(
            (1, $"PID file exists, and no process runs with PID {pid}. Script is not running.\n", ""), Script("-s"));
        Assert.Equal(0, Script("-d").ExitCode);
        Meet(Meets.Server);
        Assert.Equal(0, Script("-x").ExitCode);
        Meet(Meets.Refused);
    }

    [Fact]
    public void The_scripts_own_rules_are_removed_with_duplicates_and_nothing_else_is()
    {
        string[] script =
        [
            "-t",
            "nat",
            "-A",
            "PREROUTING",
            "-s",
            "0.0.0.0/0",
            "-p",
            "tcp",
            "--dport",
            "3308",
            "-j",
            "REDIRECT",
            "--to-ports",
            "3306",
        ];
        string[] restricted =
        [
            "-t",
            "nat",
            "-A",
            "PREROUTING",
            "-s",
            "10.77.0.0/24",
            "-p",
            "tcp",
            "--dport",
            "3308",
            "-j",
            "REDIRECT",
            "--to-ports",
            "3306",
        ];
        string[] foreign =
        [
            "-t",
            "nat",
            "-A",
            "PREROUTING",
            "-p",
            "tcp",
            "--dport",
            "8080",
            "-j",
            "REDIRECT",
            "--to-ports",
            "80",
        ];
        foreach (var rule in new[] { script, script, restricted, foreign })
        {
            _node.Space.Run("iptables", rule);
        }

        _node.ReadOnly(true);
        _ = GatePort.Await(_three.Client, _node.Address, Meets.Server, 10);
        Assert.Equal(0, Script("-d").ExitCode);

        Meet(Meets.Refused);
        // The rules are gone before the log names them.
        const string Taken = "iptables: the script's own rule taken away: -A PREROUTING";
        Shell.Await(() => Count() >= 3, TimeSpan.FromSeconds(10), "the log to name three rules");
        Assert.Equal(3, Count());
        Assert.Contains("--dport 8080", Rules(), StringComparison.Ordinal);

        int Count() => Lines().Count(line => line.StartsWith(Taken, StringComparison.Ordinal));
    }

    [Fact]
    public void Any_password_works_is_hidden_from_ps_and_is_in_no_file()
    {
        var (exitCode, output, error) = Script("-d", "-u", "odd", "-p", Password);
        Assert.Equal((0, true), (exitCode, output.Contains(" started with PID ", StringComparison.Ordinal)));
        Assert.StartsWith(
            "mysqlchk_iptables: a password on the command line can be read by everybody on this host until the "
            + "program has started: ",
            error,
            StringComparison.Ordinal);
        Meet(Meets.Server);
        Assert.DoesNotContain(Password, Shell.Run("ps", "axww", "-o", "args"), StringComparison.Ordinal);
        Assert.DoesNotContain("two words", _host.Read(LogFile)!, StringComparison.Ordinal);
        _ = Script("-x");

        // In the foreground, the process that received the password is the one that keeps running.
        using var foreground = _host.Start(_script, "-v", "-e", _file, "-u", "odd", $"--password={Password}");
        Assert.Equal("Running in foreground.. CTRL+C to stop", foreground.StandardOutput.ReadLine());
        Meet(Meets.Server);
        var shown = Shell.Run("ps", "axww", "-o", "args");
        Assert.Contains($"{_script} -v", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("two words", shown, StringComparison.Ordinal);
        Shell.Signal("-INT", foreground.Id);
        var rest = foreground.StandardOutput.ReadToEnd();
        foreground.WaitForExit();
        Assert.Equal(1, foreground.ExitCode);
        Assert.Contains("Galera Cluster Node is synced.\n", rest, StringComparison.Ordinal);
        Assert.EndsWith($"\n{_script} stopped. Bye.\n", rest, StringComparison.Ordinal);
        Meet(Meets.Refused);
    }

    [Fact]
    public void Empty_credentials_come_from_the_file_and_errors_give_exit_code_2()
    {
        File.WriteAllText(_file, $"[client]\nsocket={_node.Socket}\nuser=root\n");
        Assert.Equal(0, Script("-d", "-u", "", "-p", "").ExitCode);
        Meet(Meets.Server);

        foreach (var (words, says) in new[]
        {
            ("-q", "-q is not an option: see mysqlchk_iptables --help"),
            ("-m70000", "--gate-port: a port is from 1 to 65535, not '70000'"),
            ("-r3308", "--gate-port and --server-port are both 3308: they must differ"),
        })
        {
            var (exitCode, output, error) = Script("-R", words);
            Assert.Equal((2, "", $"galeragate: {says}\n"), (exitCode, output, error));
        }

        Assert.Equal(0, Script("-h").ExitCode);
        Assert.Equal(Script("-h").Output, _host.Try(GateDaemon.Binary, "mysqlchk", "--help").Output);
    }

    private (int ExitCode, string Output, string Error) Script(params string[] words) =>
        _host.Try(_script, ["-e", _file, .. words]);

    /// <summary>The whole lines; the last one may be half written.</summary>
    private List<string> Lines() =>
        [
            .. (_host.Read(LogFile) ?? "")
                .Split('\n')
                .SkipLast(1)
                .Select(line => line.Split("[INFO] ", 2)[1]),
        ];

    private static bool IsOfScript(string line) =>
        line.StartsWith("Galera Cluster Node", StringComparison.Ordinal)
        || line.StartsWith("iptables rule", StringComparison.Ordinal)
        || line.StartsWith("Script started", StringComparison.Ordinal)
        || line.StartsWith("PID ", StringComparison.Ordinal);

    private string Rules() => _node.Space.Run("iptables", "-w", "-t", "nat", "-S");

    private void Meet(Meets wanted) => GatePort.AwaitBoth(_three.Client, _node, wanted, 30);
}
