using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>
/// Several gates on one host: each has its own port, chain, set, journal and socket, and knows nothing about the
/// others.
/// </summary>
[Collection(nameof(ThreeOtherNodes))]
public sealed class InstanceTests
{
    private const int Other = 3408;

    private readonly ThreeNodes _three;

    public InstanceTests(ThreeNodes nodes)
    {
        _three = nodes;
        nodes.BeginAnew();
    }

    private ClusterNode Node => _three.Node(3);

    [Fact]
    public void Two_gates_on_one_host_open_close_lapse_and_stop_independently()
    {
        using var first = GateDaemon.Start(Node, "--lease", "3s");
        using var second = GateDaemon.StartIn(
            Node.Space,
            Path.Combine(Node.Folder, "other"),
            "--node",
            Node.Name,
            "--socket",
            Node.Socket,
            "--defaults-extra-file",
            Node.Credentials,
            "--gate-port",
            $"{Other}",
            "--lease",
            "3s");
        Await(3308, Meets.Server);
        Await(Other, Meets.Server);

        Assert.Equal(0, first.Ask("hold", "--reason", "this one alone").ExitCode);
        Await(3308, Meets.Refused);
        Await(Other, Meets.Server);
        Assert.Equal(0, first.Ask("release").ExitCode);
        Await(3308, Meets.Server);

        second.Kill();
        Await(Other, Meets.Refused);
        Await(3308, Meets.Server);
        Node.Space.Run(GateDaemon.Binary, ["firewall", "purge", "--gate-port", $"{Other}"]);
        Assert.DoesNotContain($"{Other}", Node.Space.Run("iptables-save", []), StringComparison.Ordinal);
        Await(3308, Meets.Server);

        first.Stop();
        Assert.Empty(first.Events(nameof(DriftFound)));
        Record.MustHold(first);
        Record.MustHold(second);
        Directory.Delete(second.Journal, recursive: true);
    }

    private void Await(int port, Meets wanted) => GatePort.AwaitBoth(_three.Client, Node, wanted, port: port);
}

/// <summary>An instance's name determines the paths of its configuration and its journal.</summary>
public sealed class InstanceNameTests : IDisposable
{
    private readonly LabHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void An_instance_reads_its_own_file_and_folder_and_has_its_own_journal()
    {
        var (exitCode, output, error) = Ask(
            "galeragate config --instance orders; GALERAGATE_INSTANCE=orders galeragate config; galeragate config");
        Assert.Equal((0, ""), (exitCode, error));
        var lines = output
            .Split('\n')
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .ToList();
        Assert.Equal(2, lines.Count(line => line == "gate-port 3408 /etc/galeragate/orders.conf:1"));
        Assert.Equal(2, lines.Count(line => line == "rise 5 /etc/galeragate/orders.d/rise.conf:1"));
        Assert.Equal(2, lines.Count(line => line == "journal /var/lib/galeragate/orders/journal default"));
        Assert.Single(lines, "gate-port 3308 default");
        Assert.Single(lines, "rise 7 /etc/galeragate/conf.d/rise.conf:1");
    }

    [Fact]
    public void An_unknown_or_misnamed_instance_is_refused()
    {
        var none = Ask("galeragate config --instance none");
        Assert.Equal((2, ""), (none.ExitCode, none.Output));
        Assert.Contains(
            "/etc/galeragate/none.conf", Assert.Single(none.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        var path = Ask("galeragate config --instance ../../tmp/x");
        Assert.Equal((2, ""), (path.ExitCode, path.Output));
        Assert.Contains(
            "--instance: a name has", Assert.Single(path.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    /// <summary>Runs with a private /etc that no other process sees.</summary>
    private (int ExitCode, string Output, string Error) Ask(string command) =>
        Shell.Try("unshare", ["-m", "sh", "-ec", $"""
        cd {_host.Folder}; mkdir -p over work; mount -t overlay none -o lowerdir=/etc,upperdir=over,workdir=work /etc
        mkdir -p /etc/galeragate/orders.d /etc/galeragate/conf.d
        echo 'gate-port = 3408' > /etc/galeragate/orders.conf; echo 'rise = 5' > /etc/galeragate/orders.d/rise.conf
        echo '# all defaults' > /etc/galeragate/galeragate.conf; echo 'rise = 7' > /etc/galeragate/conf.d/rise.conf
        PATH={Path.GetDirectoryName(GateDaemon.Binary)}:$PATH; {command}
        """]);
}
