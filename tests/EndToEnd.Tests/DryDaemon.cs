using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests;

/// <summary>A daemon that changes no rules, next to a scripted node, for tests that need no cluster.</summary>
internal sealed class DryDaemon : IDisposable
{
    private readonly LabHost _host = new();

    public DryDaemon(params IEnumerable<string> arguments)
    {
        Space = _host.AddSpace("dry");
        Node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
        Gate = Start(arguments);
    }

    public Space Space { get; }

    public ScriptedGaleraNode Node { get; }

    public GateDaemon Gate { get; private set; }

    public string Folder => _host.Folder;

    public string Config => Path.Combine(Folder, "galeragate.conf");

    /// <summary>Restarts it on the same journal.</summary>
    public void Restart(params IEnumerable<string> arguments)
    {
        Gate.Dispose();
        Gate = Start(arguments);
    }

    public void AwaitOpen(bool open = true) =>
        Shell.Await(
            () => Gate.Ask("status").ExitCode == (open ? 0 : 1),
            TimeSpan.FromSeconds(20),
            $"the gate to be {(open ? "open" : "closed")}; the log:\n{Gate.Log}");

    public void Dispose()
    {
        Gate.Dispose();
        Node.Dispose();
        _host.Dispose();
    }

    private GateDaemon Start(IEnumerable<string> arguments)
    {
        File.AppendAllText(Config, "");
        var gate = GateDaemon.StartIn(
            Space,
            Path.Combine(Folder, "journal"),
            [
                "--dry-run",
                .. arguments.Contains("--node") ? Array.Empty<string>() : ["--node", "n1"],
                "--socket",
                Node.Path,
                "--defaults-extra-file",
                "/dev/null",
                "--config",
                Config,
                .. arguments,
            ]);
        Shell.Await(
            () => gate.HasEnded || gate.Ask("status").ExitCode != 3,
            TimeSpan.FromSeconds(20),
            "the control socket to answer");
        return gate;
    }
}
