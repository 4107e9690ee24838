using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Control;

/// <summary>
/// Every verb that talks to a daemon: while it runs, after it was stopped, killed or frozen, and without permission.
/// </summary>
public sealed class ControlTests : IDisposable
{
    private readonly DryDaemon _dry = new();

    private GateDaemon Gate => _dry.Gate;

    public void Dispose() => _dry.Dispose();

    public static TheoryData<string> Verbs() => ["status", "hold", "release", "reload"];

    [Fact]
    public void Status_agrees_with_the_journal()
    {
        _dry.AwaitOpen();

        var status = Gate.Status();

        var gate = status.GetProperty("gate");
        var opened = Gate.Events(nameof(GateOpened)).Single();
        Assert.Equal(opened.GetProperty("seq").GetInt64(), gate.GetProperty("seq").GetInt64());
        Assert.Equal(opened.GetProperty("at").GetString(), gate.GetProperty("since").GetString());
        Assert.Equal("Synced", status.GetProperty("nodeState").GetProperty("state").GetString());
        Assert.Equal("fit", status.GetProperty("verdict").GetProperty("verdict").GetString());
        Assert.Equal("4", status.GetProperty("variables").GetProperty("wsrep_local_state").GetString());
        Assert.Equal(Gate.Pid, status.GetProperty("pid").GetInt32());
        Assert.True(status.GetProperty("dryRun").GetBoolean());
        Assert.Equal(
            "GateOpened", status.GetProperty("recent").EnumerateArray().Last().GetProperty("type").GetString());
        Assert.InRange(status.GetProperty("probe").GetProperty("probes").GetInt64(), 3, long.MaxValue);
    }

    [Fact]
    public void Wait_returns_when_the_gate_is_as_requested_and_says_why_if_it_is_not()
    {
        Assert.Equal(0, Gate.Ask("wait", "--for", "open", "--timeout", "20s").ExitCode);
        Assert.Equal(0, Gate.Ask("wait", "--for", "synced").ExitCode);
        var (exitCode, output, error) = Gate.Ask("wait", "--for", "closed", "--timeout", "0s");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("is not closed after 0ms: gate open, node Synced", error, StringComparison.Ordinal);

        Gate.Ask("hold", "--reason", "to be waited for");
        Assert.Equal(0, Gate.Ask("wait", "--for", "closed").ExitCode);
        Assert.Contains(
            "held", Gate.Ask("wait", "--for", "open", "--timeout", "500ms").Error, StringComparison.Ordinal);
        Assert.Equal(2, Gate.Ask("wait", "--for", "lunch").ExitCode);
        Assert.Equal(2, Gate.Ask("wait", "--for", "open", "--timeout", "soon").ExitCode);
        Gate.Stop();
        Assert.Equal(3, Gate.Ask("wait", "--for", "open", "--timeout", "300ms").ExitCode);
    }

    [Fact]
    public void Status_names_every_reason_and_the_next_step_and_exits_1_unless_open()
    {
        _dry.AwaitOpen();
        _dry.Node.Variables = new Dictionary<string, string>
        {
            ["read_only"] = "ON",
            ["wsrep_on"] = "ON",
            ["pxc_maint_mode"] = "MAINTENANCE",
        };
        _dry.AwaitOpen(false);

        var (exitCode, output, error) = Gate.Ask("status");

        Assert.Equal((1, ""), (exitCode, error));
        var lines = output.Split('\n');
        Assert.Matches("^CLOSED for .*: read_only is ON, pxc_maint_mode is MAINTENANCE$", lines[0]);
        Assert.Matches("^opens 3 good probes .*after read_only is OFF and pxc_maint_mode is DISABLED$", lines[1]);
        Assert.DoesNotContain("policy", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output);

        var verbose = Gate.Ask("status", "--verbose").Output;
        Assert.StartsWith("CLOSED for ", verbose, StringComparison.Ordinal);
        Assert.Contains("read-only: ", verbose, StringComparison.Ordinal);
        Assert.Contains("maintenance: ", verbose, StringComparison.Ordinal);
        Assert.Contains("opens after 3 fit observations in a row", verbose, StringComparison.Ordinal);
        Assert.Contains("policy", verbose, StringComparison.Ordinal);
        var described = Gate.Ask("describe");
        Assert.Equal(1, described.ExitCode);
        Assert.Matches(
            @"^The gate of n1 is closed, and has been for [0-9.]+ s, since [-0-9]+ [0-9:]+Z: read_only is ON, "
            + "pxc_maint_mode is MAINTENANCE[.] It opens 3 good probes .*after read_only is OFF and pxc_maint_mode is "
            + "DISABLED[.]\n",
            described.Output);
        Assert.Contains("\n\nThe node has been Synced for ", described.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^[0-9:.]{12}Z #\d+ GateClosed: ", described.Output);
        var explained = Gate.Ask("status", "--explain");
        Assert.Equal(0, explained.ExitCode);
        Assert.Contains("back-off", explained.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hold_shows_who_and_why_survives_kill_9_and_ends_with_release()
    {
        _dry.AwaitOpen();
        Assert.Equal(
            0,
            Shell
                .Try(
                    "env",
                    [
                        "SUDO_USER=alice",
                        GateDaemon.Binary,
                        "hold",
                        "--control",
                        Gate.Control,
                        "--reason",
                        "kernel upgrade",
                    ])
                .ExitCode);
        Gate.Kill();
        _dry.Restart();

        Assert.Equal(1, Gate.Ask("status").ExitCode);
        var hold = Gate.Status().GetProperty("holds").EnumerateArray().Single();
        Assert.Equal(
            ("operator", "alice as root", "kernel upgrade"),
            (
                hold.GetProperty("hold").GetString(),
                hold.GetProperty("by").GetString(),
                hold.GetProperty("why").GetString()));
        Assert.Contains(
            "held already, by alice as root", Gate.Ask("hold", "--reason", "again").Output, StringComparison.Ordinal);
        Assert.Equal(
            "stays closed until galeragate release", Gate.Status().GetProperty("gate").GetProperty("next").GetString());

        Assert.Equal(0, Gate.Ask("release").ExitCode);
        _dry.AwaitOpen();
        Assert.Contains("was not held", Gate.Ask("release").Output, StringComparison.Ordinal);
        Record.MustHold(Gate);
    }

    [Fact]
    public void Another_users_hold_file_gets_one_warning_and_counts_once_root_owns_it()
    {
        File.WriteAllText(Gate.HoldFile, "");
        Shell.Run("chown", ["nobody", Gate.HoldFile]);
        Shell.Await(
            () => Gate.Log.Contains("belongs to user 65534", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20),
            "the warning");
        Thread.Sleep(1500);
        Assert.Equal((0, 2), (Gate.Ask("status").ExitCode, Gate.Log.Split("belongs to user 65534").Length));

        Shell.Run("chown", ["root", Gate.HoldFile]);
        _dry.AwaitOpen(false);
        Assert.Equal("file", Gate.Status().GetProperty("holds")[0].GetProperty("hold").GetString());
        File.Delete(Gate.HoldFile);
        _dry.AwaitOpen();
    }

    [Fact]
    public void An_unsearchable_folder_holds_the_gate_until_it_can_be_searched()
    {
        _dry.AwaitOpen();
        var folder = Path.Combine(_dry.Folder, "locked");
        Directory.CreateDirectory(folder);
        Shell.Run("chmod", ["711", _dry.Folder]);
        Shell.Run("chmod", ["700", folder]);
        Shell.Run("chmod", ["777", _dry.Node.Path]);
        var own = Path.Combine(_dry.Folder, "own");
        Directory.CreateDirectory(own);
        Shell.Run("chown", ["65534:65534", own]);
        using var daemon = _dry.Space.Start("setpriv", [
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            GateDaemon.Binary,
            "run",
            "--dry-run",
            "--control",
            Path.Combine(own, "s"),
            "--journal",
            Path.Combine(own, "j"),
            "--socket",
            _dry.Node.Path,
            "--defaults-extra-file",
            "/dev/null",
            "--hold-file",
            Path.Combine(folder, "hold"),
        ]);
        try
        {
            Shell.Await(
                () => Ask().Output.Contains("HELD", StringComparison.Ordinal), TimeSpan.FromSeconds(20), "the hold");
            Assert.Contains(
                $"{folder}/hold cannot be checked (Permission denied), which counts as a hold",
                Ask().Output,
                StringComparison.Ordinal);
            Shell.Run("chmod", ["711", folder]);
            Shell.Await(() => Ask().ExitCode == 0, TimeSpan.FromSeconds(20), "the gate to open");
        }
        finally
        {
            daemon.Kill();
            daemon.WaitForExit();
        }

        (int ExitCode, string Output, string Error) Ask() =>
            Shell.Try(GateDaemon.Binary, ["status", "--control", Path.Combine(own, "s")]);
    }

    /// <summary>
    /// A user who may mount a file system (fusermount) can make the old name answer "permission denied" to all other
    /// users, including root.
    /// </summary>
    [Theory]
    [InlineData("1777", "is on a file system of another user")]
    [InlineData("755", "cannot be checked (Permission denied), which counts as a hold")]
    public void Another_users_mount_on_the_hold_file_holds_only_in_a_folder_of_root(string mode, string says)
    {
        var hold = Path.Combine(_dry.Folder, "holds", "hold");
        Directory.CreateDirectory(hold);
        Shell.Run("chmod", [mode, Path.GetDirectoryName(hold)!]);
        var (_, output, error) = Shell.Try("unshare", ["-m", "sh", "-c",
            "exec 3<>/dev/fuse && mount -i -t fuse -o fd=3,rootmode=40000,user_id=65534,group_id=65534 none \"$1\" && "
            + "exec \"$0\" doctor --control off --socket /no/such --hold-file \"$1\"",
            GateDaemon.Binary, hold]);

        Assert.True(output.Contains(says, StringComparison.Ordinal), output + error);
    }

    [Fact]
    public void The_hold_file_holds_the_gate_and_release_does_not_lift_it()
    {
        _dry.AwaitOpen();
        File.WriteAllText(Gate.HoldFile, "");
        _dry.AwaitOpen(false);

        var (exitCode, _, error) = Gate.Ask("release");
        Assert.Equal(1, exitCode);
        Assert.Contains(
            $"still held by the file: {Gate.HoldFile} is there; remove it", error, StringComparison.Ordinal);

        // The file is removed while no daemon runs, and the next daemon notices.
        Gate.Kill();
        File.Delete(Gate.HoldFile);
        _dry.Restart();
        _dry.AwaitOpen();
        Record.MustHold(Gate);
    }

    [Fact]
    public void A_hold_without_a_reason_is_refused_and_a_hostile_reason_is_cleaned()
    {
        Assert.Equal(2, Gate.Ask("hold").ExitCode);
        Assert.Equal(1, Gate.Ask("hold", "--reason", " ").ExitCode);
        Assert.Equal(1, Gate.Ask("hold", "--reason", new string('x', 501)).ExitCode);
        Assert.Empty(Gate.Events(nameof(HoldPlaced)));

        Assert.Equal(0, Gate.Ask("hold", "--reason", "a\e[2Jb\nc").ExitCode);
        Assert.Equal("a [2Jb c", Gate.Status().GetProperty("holds")[0].GetProperty("why").GetString());
    }

    [Fact]
    public void Reload_loads_a_changed_policy_and_lists_what_needs_a_restart()
    {
        _dry.AwaitOpen();
        Assert.Equal("nothing changed", Gate.Ask("reload").Output.Trim());

        File.WriteAllText(_dry.Config, "rise = 5\ncheck-interval = 1s\n");
        Assert.Equal(
            ["rise = 5", "check-interval: takes effect at the next start"],
            Gate.Ask("reload").Output.TrimEnd().Split('\n'));
        Assert.Equal("5", Gate.Status().GetProperty("policy").GetProperty("rise").GetString());

        File.WriteAllText(_dry.Config, "rise = 0\n");
        var (exitCode, _, error) = Gate.Ask("reload");
        Assert.Equal(1, exitCode);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Equal("5", Gate.Status().GetProperty("policy").GetProperty("rise").GetString());
        Assert.Single(Gate.Events(nameof(PolicyChanged)));
        Assert.Empty(Gate.Events(nameof(GateClosed)));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void A_verb_without_a_running_daemon_says_so_in_one_line_and_exits_3(string verb)
    {
        Gate.Kill();
        Assert.True(File.Exists(Gate.Control));
        NoAnswer(verb, "has died");

        _dry.Restart();
        Gate.Stop();
        Assert.False(File.Exists(Gate.Control));
        NoAnswer(verb, "no galeragate runs here");
    }

    [Fact]
    public void A_verb_against_a_frozen_daemon_times_out()
    {
        Gate.Signal("-STOP");
        try
        {
            NoAnswer("status", "does not answer");
        }
        finally
        {
            Gate.Signal("-CONT");
        }

        Assert.NotEqual(3, Gate.Ask("status").ExitCode);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void A_verb_without_permission_says_what_to_do(string verb)
    {
        Assert.Equal("660 root:root", Shell.Run("stat", ["-c", "%a %U:%G", Gate.Control]).Trim());
        var (exitCode, _, error) = Shell.Try(
            "setpriv",
            [
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                GateDaemon.Binary,
                verb,
                "--control",
                Gate.Control,
                .. Arguments(verb),
            ]);

        Assert.Equal(3, exitCode);
        Assert.Contains("run this as root, or as a member of the group galeragate", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_the_group_galeragate_may_use_the_control_socket()
    {
        const string Group = "64999";
        var groups = Path.Combine(_dry.Folder, "group");
        File.WriteAllText(groups, File.ReadAllText("/etc/group") + $"galeragate:x:{Group}:\n");
        var control = Path.Combine(_dry.Folder, "of-the-group.sock");
        using var daemon = _dry.Space.Start("unshare", [
            "-m",
            "sh",
            "-c",
            "mount --bind \"$1\" /etc/group && shift && exec \"$@\"",
            "sh",
            groups,
            GateDaemon.Binary,
            "run",
            "--dry-run",
            "--control",
            control,
            "--journal",
            Path.Combine(_dry.Folder, "second"),
            "--socket",
            _dry.Node.Path,
            "--defaults-extra-file",
            "/dev/null",
            "--hold-file",
            Gate.HoldFile,
        ]);
        try
        {
            string[] member = ["--reuid=65534", $"--regid={Group}", "--clear-groups", GateDaemon.Binary];
            Shell.Await(
                () => Shell.Try("setpriv", [.. member, "status", "--control", control]).ExitCode == 0,
                TimeSpan.FromSeconds(20),
                "an answer for the group");
            Assert.Equal(
                0, Shell.Try("setpriv", [.. member, "hold", "--control", control, "--reason", "by a member"]).ExitCode);
            Assert.Contains(
                "by nobody",
                Shell.Try("setpriv", [.. member, "status", "--control", control]).Output,
                StringComparison.Ordinal);
        }
        finally
        {
            daemon.Kill();
            daemon.WaitForExit();
        }
    }

    [Fact]
    public void Two_daemons_do_not_share_a_control_socket()
    {
        using var second = GateDaemon.StartIn(
            _dry.Space,
            Path.Combine(_dry.Folder, "second"),
            ["--dry-run", "--socket", _dry.Node.Path, "--defaults-extra-file", "/dev/null", "--control", Gate.Control]);
        second.AwaitEnd();

        Assert.Equal(2, second.ExitCode);
        Assert.Contains("another galeragate answers on the control socket", second.Log, StringComparison.Ordinal);
        Assert.NotEqual(3, Gate.Ask("status").ExitCode);
    }

    [Theory]
    [InlineData("GET", "/v1/status", "", 200)]
    [InlineData("GET", "/v2/status", "", 404)]
    [InlineData("DELETE", "/v1/hold", "", 405)]
    [InlineData("POST", "/v1/hold", "", 422)]
    [InlineData("POST", "/v1/hold", "{\"reason\":", 400)]
    [InlineData("POST", "/v1/hold", "[]", 400)]
    [InlineData("POST", "/v1/release", "", 200)]
    [InlineData("POST", "/v1/hold", "TOO LONG", 400)]
    public void The_socket_speaks_HTTP_and_refuses_unknown_requests(
        string method, string path, string body, int expected)
    {
        var long1 = body == "TOO LONG" ? "{\"reason\":\"" + new string('x', 100_000) + "\"}" : body;
        var answer = Shell.TryWith(
            long1,
            "curl",
            [
                "-s",
                "--unix-socket",
                Gate.Control,
                "-X",
                method,
                .. body.Length > 0 ? ["--data-binary", "@-"] : Array.Empty<string>(),
                "-w",
                "\n%{http_code}",
                $"http://galeragate{path}",
            ])
        .Output;

        Assert.Equal($"{expected}", answer.Split('\n')[^1]);
        var json = JsonDocument.Parse(answer[..answer.LastIndexOf('\n')]).RootElement;
        Assert.Equal(expected != 200, json.TryGetProperty("error", out _));
    }

    [Fact]
    public void The_control_socket_document_names_every_field_of_the_status()
    {
        _dry.AwaitOpen();
        Gate.Ask("hold", "--reason", "to have one");
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "http.md"));

        Assert.All(
            Fields(Gate.Status(), ["variables", "policy"]),
            field => Assert.Contains($"`{field}`", document, StringComparison.Ordinal));
    }

    /// <summary>The names of all fields, nested ones with a dot; a dictionary is named as a whole.</summary>
    private static IEnumerable<string> Fields(JsonElement element, string[] dictionaries, string prefix = "") =>
        element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => dictionaries.Contains(property.Name)
            ? [prefix + property.Name]
            : Fields(property.Value, dictionaries, $"{prefix}{property.Name}.").Prepend(prefix + property.Name)),
        JsonValueKind.Array when element.GetArrayLength() > 0 => Fields(element[0], dictionaries, prefix),
        _ => [],
    };

    private void NoAnswer(string verb, string why)
    {
        var (exitCode, output, error) = Gate.Ask(verb, Arguments(verb));
        Assert.Equal((3, ""), (exitCode, output));
        Assert.Contains(why, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static string[] Arguments(string verb) => verb == "hold" ? ["--reason", "why"] : [];
}
