using System.Collections.Concurrent;

namespace GaleraGate.Lab;

/// <summary>
/// Upgrades a cluster of three from one release's server, firewall tools and provider to the next, node by node as
/// docs/operating.md describes, while clients read and write through nginx. It tests each mixture of releases on the
/// way.
/// </summary>
internal sealed class RollingUpgrade : IDisposable
{
    private const int OthersOpen = 2;

    /// <summary>What the nodes recorded within this time of a failed query is printed with it.</summary>
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(10);

    private readonly Cluster _cluster;
    private readonly Dictionary<ClusterNode, GateDaemon> _gates;
    private readonly Dictionary<ClusterNode, ServerWatch> _watches;
    private readonly Balancer _balancer;
    private readonly List<QueryingClient> _clients;
    private readonly ConcurrentQueue<(DateTime At, string Text)> _failures = new();
    private readonly List<string> _odd = [];
    private volatile string _step = "the beginning";
    private volatile bool _isReadOnly;
    private int _refusedWrites;

    private RollingUpgrade(string root)
    {
        _cluster = Cluster.Start(3, progress: Console.WriteLine, root: root);
        _gates = _cluster.Nodes.ToDictionary(node => node, Daemon);
        _watches = _cluster.Nodes.ToDictionary(
            node => node, node => new ServerWatch(node, _cluster.Client, TimeSpan.FromMilliseconds(250)));
        _balancer = Balancer.Start(_cluster, _cluster.Client, "nginx.conf");
        Settled(_cluster.Nodes);
        _clients =
        [
            .. new[] { QueryingClient.Reads, QueryingClient.Writes }.Select(statement => new QueryingClient(
                _cluster.Client, "127.0.0.1", Balancer.PortOf("nginx.conf"), Told, statement)),
        ];
    }

    /// <param name="roots">The releases' roots, from oldest to newest; each has galeragate installed.</param>
    /// <returns>Exit code 0 when no query failed and every gate matched its server's state.</returns>
    public static int Run(IReadOnlyList<string> roots)
    {
        using var upgrade = new RollingUpgrade(roots[0]);
        upgrade.Mixture();
        foreach (var root in roots.Skip(1))
        {
            foreach (var node in upgrade._cluster.Nodes)
            {
                upgrade.Upgrade(node, root);
                upgrade.Mixture();
            }
        }

        return upgrade.Judge() ? 0 : 1;
    }

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _balancer.Dispose();
        _watches.Values.ToList().ForEach(watch => watch.Dispose());
        _gates.Values.ToList().ForEach(gate => gate.Dispose());
        _cluster.Dispose();
    }

    private void Upgrade(ClusterNode node, string root)
    {
        _step = $"{node.Name} to {Path.GetFileName(root)}";
        _gates[node].Command("hold", "--reason", "upgrade", "--if-others-open", $"{OthersOpen}", "--drain", "30s");
        node.Stop();
        node.Root = root;
        node.Start();
        node.AwaitSynced();
        Shell.Run(
            "chroot", [root, "mariadb-upgrade", "--no-defaults", "-uroot", $"-S{node.Socket}", "--skip-write-binlog"]);
        _gates[node].Command("release");
        Settled(_cluster.Nodes);
        // As when the package is upgraded: the next daemon takes the rules over while clients use them.
        _watches[node].Grace = TimeSpan.FromSeconds(6);
        _gates[node].EndBy("-USR2");
        _gates[node].Dispose();
        _gates[node] = Daemon(node);
        Settled(_cluster.Nodes);
        _watches[node].Grace = TimeSpan.Zero;
    }

    /// <summary>Prints which releases now run, and checks that each gate follows its server with them.</summary>
    private void Mixture()
    {
        Console.WriteLine($"== {_step}");
        foreach (var node in _cluster.Nodes)
        {
            // Until its daemon notices, such a server refuses writes, as it should.
            _isReadOnly = true;
            node.ReadOnly(true);
            Shell.Await(() => !_watches[node].Serves && Phase(node) != "open", TimeSpan.FromSeconds(10), "it to close");
            node.ReadOnly(false);
            Settled(_cluster.Nodes);
            _isReadOnly = false;
            node.Desync(true);
            Shell.Await(() => Phase(node) != "open", TimeSpan.FromSeconds(10), "a desynced node to close");
            node.Desync(false);
            Settled(_cluster.Nodes);
            var status = _gates[node].Status();
            Console.WriteLine(
                $"    {node.Name}: MariaDB {node.Query("SELECT @@version", 0)}, Galera "
                + $"{node.Status("wsrep_provider_version")}, protocol {node.Status("wsrep_protocol_version")}, "
                + $"{status.GetProperty("nodeState").GetProperty("state").GetString()}, gate {Phase(node)}, rules by "
                + Shell.Run("chroot", [node.Root!, Backend(node) == "nftables" ? "nft" : "iptables", "--version"])
                    .Trim());
        }

        Console.WriteLine(
            $"    queries: {_clients[0].Answered.Values.Sum()} reads, {_clients[1].Answered.Values.Sum()} writes, "
            + $"{_failures.Count} failed, "
            + $"{_refusedWrites} writes refused in the moment before the gate of a read-only server closed");
    }

    private bool Judge()
    {
        _clients.ForEach(client => client.Dispose());
        foreach (var failure in _failures)
        {
            Console.WriteLine($"FAILED QUERY at {failure.At:HH:mm:ss.fff}: {failure.Text}");
            foreach (var near in _gates.Values.SelectMany(gate => gate.Events())
                .Where(one => (one.GetProperty("at").GetDateTime() - failure.At).Duration() < Near)
                .OrderBy(one => one.GetProperty("at").GetDateTime()))
            {
                Console.WriteLine($"    {near}");
            }
        }

        foreach (var (node, gate) in _gates)
        {
            _watches[node].Dispose();
            gate.Stop();
            var verified = Shell.Try(GateDaemon.Binary, "audit", "verify", "--journal", gate.Journal);
            var events = gate.Events();
            var changes = gate.Events("NodeStateChanged");
            _odd.AddRange(events.Where(one => one.IsAnomalous() || one.IsUnrecognized()).Select(one => $"{one}"));
            _odd.AddRange(gate.Events("DriftFound", "RedirectChangeFailed").Select(one => $"{one}"));
            _odd.AddRange(_watches[node].TooLong.Select(late => $"{node.Name} open too long: {late}"));
            _odd.AddRange(verified.ExitCode == 0 ? [] : [verified.Output + verified.Error]);
            Console.WriteLine(
                $"{node.Name}: {_watches[node].Polls} polls, open while unfit at most "
                + $"{_watches[node].Worst.TotalSeconds:0.00} s ({_watches[node].WorstWhy}); {events.Count} events, "
                + $"changes of state: {string.Join(", ", changes.GroupBy(one => one.Field("class"))
                    .Select(group => $"{group.Count()} {Named(group.Key)}"))}");
        }

        _odd.ForEach(one => Console.WriteLine($"WRONG: {one}"));
        Console.WriteLine(_failures.IsEmpty && _odd.Count == 0 ? "== all is well" : "== NOT ALL IS WELL");
        return _failures.IsEmpty && _odd.Count == 0;
    }

    private GateDaemon Daemon(ClusterNode node) => GateDaemon.StartThrough(
        ["chroot", node.Root!, "/usr/bin/galeragate"], node, Path.Combine(node.Folder, "journal"),
        "--defaults-extra-file", node.Credentials, "--firewall", Backend(node), "--peers",
        string.Join(',', _cluster.Nodes.Where(other => other != node).Select(other => other.Address)));

    /// <summary>One node uses the other backend.</summary>
    private string Backend(ClusterNode node) => node == _cluster.Nodes[^1] ? "nftables" : "iptables";

    private string? Phase(ClusterNode node) =>
        _gates[node].Status().GetProperty("gate").GetProperty("phase").GetString();

    /// <summary>Waits until all of them serve and their daemons report so.</summary>
    private void Settled(IEnumerable<ClusterNode> nodes)
    {
        _cluster.AwaitWhole();
        foreach (var node in nodes)
        {
            Shell.Await(
                () => _watches[node].Serves && _gates[node].Ask("status").ExitCode == 0, TimeSpan.FromSeconds(60),
                $"{node.Name} to serve after {_step}; the log:\n{_gates[node].Log}");
        }
    }

    private void Told(Query query)
    {
        if (_isReadOnly && query.Failure?.Contains("--read-only", StringComparison.Ordinal) is true)
        {
            _ = Interlocked.Increment(ref _refusedWrites);
        }
        else if (query.Failure is not null)
        {
            _failures.Enqueue((DateTime.UtcNow, $"{_step}: {query.Failure}"));
        }
    }

    private static string Named(string @class) => @class.Length > 0 ? @class : "not the provider's";
}
