using System.Diagnostics;

namespace GaleraGate.Lab;

/// <summary>
/// A cluster of three with a galeragate on each node, nginx in front and a client that queries all the time. The demo
/// plays an incident and prints what the client saw and, at the end, what the audit reports.
/// </summary>
internal sealed class Demo : IDisposable
{
    private static readonly long Started = Stopwatch.GetTimestamp();

    private readonly Cluster _cluster;
    private readonly List<GateDaemon> _gates;
    private readonly Balancer _balancer;
    private readonly QueryingClient _client;
    private readonly Lock _console = new();
    private readonly Timer _live;
    private string _shown = "";

    private Demo()
    {
        _cluster = Cluster.Start(3, progress: Say);
        _gates = [.. _cluster.Nodes.Select(node => GateDaemon.Start(node))];
        _balancer = Balancer.Start(_cluster, _cluster.Client, "nginx.conf");
        foreach (var node in _cluster.Nodes)
        {
            _ = GatePort.Await(_cluster.Client, node.Address, Meets.Server, 30);
        }

        Say(
            "a galeragate on each node, nginx (stream) in front of port 3308 of the three, a client that queries "
            + "through nginx all the time");
        _client = new QueryingClient(_cluster.Client, "127.0.0.1", Balancer.PortOf("nginx.conf"));
        _live = new Timer(_ => Show(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
    }

    public static int Run(bool keep)
    {
        Say(
            "bringing up three MariaDB Galera nodes in network namespaces of their own (nothing of the host is touched)"
        );
        using var demo = new Demo();
        demo.Play();
        demo.Report();
        if (keep)
        {
            demo.Keep();
        }

        return 0;
    }

    public void Dispose()
    {
        _live.Dispose();
        _client.Dispose();
        _balancer.Dispose();
        _gates.ForEach(gate => gate.Dispose());
        _cluster.Dispose();
    }

    private void Play()
    {
        var (n1, n2, n3) = (_cluster.Nodes[0], _cluster.Nodes[1], _cluster.Nodes[2]);

        Step("n3 is set read_only", () => n3.ReadOnly(true), () => Closed(n3));
        Step("n3 takes writes again", () => n3.ReadOnly(false), () => Open(n3));

        Step(
            "n3 loses its data and rejoins by a full state transfer with rsync: its donor blocks",
            () => n3.RejoinByStateTransfer("rsync"),
            () => Shut(n1, n2));
        Step("the transfer ends", () => { }, () => Open(n1, n2, n3));

        Step(
            "the same with xtrabackup-v2: its donor does not block and stays open",
            () =>
            {
                n1.SetSstMethod("xtrabackup-v2");
                n2.SetSstMethod("xtrabackup-v2");
                n3.RejoinByStateTransfer("xtrabackup-v2");
            },
            () => IsDonor(n1) || IsDonor(n2));
        Step("the transfer ends", () => { }, () => Open(n1, n2, n3));

        Step("n1's server is killed with kill -9", n1.Kill, () => Closed(n1));
        Step("it starts and rejoins", () => n1.Start(), () => Open(n1, n2, n3));
    }

    /// <summary>The three audits merged into one timeline.</summary>
    private void Report()
    {
        _live.Change(Timeout.Infinite, Timeout.Infinite);
        ClearLive();
        var (answered, failed) = (_client.Answered, _client.Failed);
        var each = answered.OrderBy(node => node.Key).Select(node => $"{node.Value} answered by {node.Key}");
        var why = failed > 0 ? $" ({_client.LastFailure})" : "";
        Say(
            $"{answered.Values.Sum() + failed} queries through nginx: {string.Join(", ", each)}, "
            + $"{failed} failed{why}");
        Say("what the audit has of it: galeragate audit timeline --type … over the journals of the three");
        Console.WriteLine(Shell.Run(GateDaemon.Binary, [
            "audit",
            "timeline",
            "--utc",
            "--type",
            "GateOpened",
            "GateClosed",
            "GateClosing",
            "GateStayedOpen",
            "RedirectAdded",
            "RedirectRemoved",
            .. _gates.SelectMany(gate => new[] { "--journal", gate.Journal })]));
    }

    private void Keep()
    {
        _cluster.Keep();
        var node = _cluster.Nodes[0];
        var client = $"mariadb -h127.0.0.1 -u{ClusterNode.AppUser} -p{ClusterNode.AppPassword}";
        Console.WriteLine($"""
            It is all still there. To look around:
              {GateDaemon.Binary} status --watch --control {_gates[0].Control}
              {GateDaemon.Binary} hold --reason 'to see it' --control {_gates[0].Control}
              {GateDaemon.Binary} audit timeline --journal {_gates[0].Journal}
              ip netns exec {node.Space.Name} iptables -t nat -S
              ip netns exec {_cluster.Client.Name} {client} -e 'SELECT @@wsrep_node_name'
              mariadb -uroot -S{node.Socket}
            To take it away: {Environment.ProcessPath} down
            """);
        // Exits without ending anything: the processes keep running in their namespaces until the lab is taken down.
        Environment.Exit(0);
    }

    private void Step(string what, Action begin, Func<bool> until)
    {
        Say(what);
        var started = Stopwatch.GetTimestamp();
        begin();
        Shell.Await(until, TimeSpan.FromSeconds(90), what);
        Say($"  {View()} after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Thread.Sleep(1500);
    }

    private bool Open(params ClusterNode[] nodes) => nodes.All(node => At(node) == Meets.Server);

    private bool Closed(params ClusterNode[] nodes) => nodes.All(node => At(node) == Meets.Refused);

    /// <summary>True when at least one gate is closed.</summary>
    private bool Shut(params ClusterNode[] nodes) => nodes.Any(node => At(node) == Meets.Refused);

    private static bool IsDonor(ClusterNode node) => node.Status("wsrep_local_state") == "2";

    private Meets At(ClusterNode node) => GatePort.Meet(_cluster.Client, node.Address);

    private string View() =>
        string.Join(
            "  ", _cluster.Nodes.Select(node => $"{node.Name} {(At(node) == Meets.Server ? "open  " : "CLOSED")}"));

    /// <summary>
    /// On a terminal, one line that is overwritten in place; elsewhere, a new line whenever the picture changes.
    /// </summary>
    private void Show()
    {
        if (!_console.TryEnter())
        {
            return;
        }

        try
        {
            var view = View();
            if (!Console.IsOutputRedirected)
            {
                Console.Write(
                    $"\r\e[K{Stopwatch.GetElapsedTime(Started).TotalSeconds,6:0.0} s  {view}  queries: "
                    + $"{_client.Answered.Values.Sum()} answered, {_client.Failed} failed");
            }
            else if (view != _shown)
            {
                Say($"  {view}");
            }

            _shown = view;
        }
        finally
        {
            _console.Exit();
        }
    }

    private static void ClearLive()
    {
        if (!Console.IsOutputRedirected)
        {
            Console.Write("\r\e[K");
        }
    }

    private static void Say(string what)
    {
        ClearLive();
        Console.WriteLine($"{Stopwatch.GetElapsedTime(Started).TotalSeconds,6:0.0} s  {what}");
    }
}
