using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>Only one daemon keeps a gate port of a network namespace, whichever folders two daemons see.</summary>
public sealed class GateLockTests : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Space _space;
    private readonly ScriptedGaleraNode _node;

    public GateLockTests()
    {
        _space = _host.AddSpace("lock");
        _node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
    }

    public void Dispose()
    {
        GateDaemon.EndThoseIn(_space);
        _node.Dispose();
        _host.Dispose();
    }

    private string[] Arguments => ["--node", "n1", "--socket", _node.Path, "--defaults-extra-file", "/dev/null"];

    [Fact]
    public void Two_daemons_with_different_run_folders_do_not_share_one_gate()
    {
        using var first = Start("first");
        using var other = new PrivateHost(_space);
        using var second = other.Start(GateDaemon.Binary, [
            "run", .. Arguments, "--journal", Path.Combine(_host.Folder, "second"), "--hold-file", first.HoldFile]);

        Assert.True(second.WaitForExit(TimeSpan.FromSeconds(30)), "the second goes on");

        var refusal = $"galeragate: gate port 3308 is kept by another galeragate, pid {first.Pid}: stop it first, ";
        Assert.Equal(2, second.ExitCode);
        Assert.Equal($"{refusal}or give another --gate-port\n", second.StandardError.ReadToEnd());
        Assert.Equal(2, first.Events(nameof(RedirectAdded)).Count);
        first.Stop();
    }

    /// <summary>Version 0.1.0 knows only the file.</summary>
    [Fact]
    public void A_daemon_of_version_0_1_0_and_one_of_this_exclude_each_other()
    {
        using var first = Start("first");
        var number = _space.Run("readlink", "/proc/self/ns/net").Trim()[5..^1];
        var file = Assert.Single(Directory.GetFiles("/run/galeragate", $"gate-3308-{number}.lock"));
        Assert.Equal(1, Shell.Try("flock", ["-n", file, "true"]).ExitCode);
        first.Stop();

        var hold = $"echo $$ > {Path.ChangeExtension(file, ".pid")}; echo locked; exec sleep 60";
        using var old = Shell.Start("flock", [file, "sh", "-c", hold]);
        Assert.Equal("locked", old.StandardOutput.ReadLine());
        var (exitCode, _, error) = _space.Try(GateDaemon.Binary, ["run", .. Arguments, "--journal", first.Journal]);
        old.Kill(entireProcessTree: true);
        Assert.Equal(2, exitCode);
        Assert.Contains("gate port 3308 is kept by another galeragate, pid ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_local_user_who_takes_the_lock_name_cannot_keep_a_gate_closed()
    {
        const string Take = """
            use Socket; $| = 1; socket(S, PF_UNIX, SOCK_STREAM, 0);
            bind(S, pack("Sa*", 1, "\0galeragate/gate-3308")) or die $!; listen(S, 1); print "taken\n"; sleep 60
            """;
        using var user = _space.Start(
            "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "perl", "-e", Take]);
        Assert.Equal("taken", user.StandardOutput.ReadLine());

        using var gate = Start("first");

        user.Kill(entireProcessTree: true);
        Assert.Contains("of user 65534 has the name of this gate port's lock", gate.Log, StringComparison.Ordinal);
        gate.Stop();
    }

    private GateDaemon Start(string journal)
    {
        var gate = GateDaemon.StartIn(_space, Path.Combine(_host.Folder, journal), Arguments);
        gate.AwaitEvent(nameof(RedirectAdded), 2);
        Assert.False(gate.HasEnded, gate.Log);
        return gate;
    }
}
