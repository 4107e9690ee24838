using System.Diagnostics;
using System.Text.Json;

namespace GaleraGate.Lab;

/// <summary>
/// A cluster of three with a galeragate on each node, faults one after the other as a client in another namespace meets them, and at the end what the
/// audit has of it.
/// </summary>
internal static class Demo
{
    private static readonly long Started = Stopwatch.GetTimestamp();

    public static int Run()
    {
        Say("bringing up three MariaDB Galera nodes in network namespaces of their own (nothing of the host is touched)");
        using var cluster = Cluster.Start(3);
        var gates = cluster.Nodes.Select(node => GateDaemon.Start(node)).ToList();
        try
        {
            Play(cluster);
            foreach (var gate in gates)
            {
                gate.Stop();
            }

            Say("stopped; every rule change of the three nodes, and why:");
            foreach (var (node, gate) in cluster.Nodes.Zip(gates))
            {
                Report(node, gate);
            }

            return 0;
        }
        finally
        {
            gates.ForEach(gate => gate.Dispose());
        }
    }

    private static void Play(Cluster cluster)
    {
        var (n1, n2, n3) = (cluster.Nodes[0], cluster.Nodes[1], cluster.Nodes[2]);
        Expect(cluster, "three healthy nodes", Meets.Server, n1, n2, n3);

        Fault(cluster, "n3 is made read-only", () => n3.ReadOnly(true), n3, Meets.Refused);
        Fault(cluster, "n3 takes writes again", () => n3.ReadOnly(false), n3, Meets.Server);

        Fault(cluster, "n2's server freezes (SIGSTOP)", n2.Freeze, n2, Meets.Refused);
        Fault(cluster, "n2's server thaws", n2.Thaw, n2, Meets.Server);

        Fault(cluster, "n3 is desynced, its method is rsync: a donor that blocks", () => n3.Desync(true), n3, Meets.Refused);
        Fault(cluster, "n3 is synced again", () => n3.Desync(false), n3, Meets.Server);

        n3.SetSstMethod("xtrabackup-v2");
        n3.Desync(true);
        Say("n3 is desynced, its method is xtrabackup-v2: a donor that goes on serving");
        Thread.Sleep(3000);
        Expect(cluster, "  still open after 3 s", Meets.Server, n3);
        n3.Desync(false);

        Fault(cluster, "n1's server is killed (kill -9)", n1.Kill, n1, Meets.Refused);
        Fault(cluster, "n1's server starts and rejoins", () => n1.Start(), n1, Meets.Server);

        Fault(cluster, "n2 is cut off from its peers, clients still reach it", () => cluster.Partition(n2), n2, Meets.Refused);
        Fault(cluster, "n2 is back in the cluster", () => cluster.Heal(n2), n2, Meets.Server);
        Expect(cluster, "all three nodes are open again", Meets.Server, n1, n2, n3);
    }

    private static void Fault(Cluster cluster, string what, Action begin, ClusterNode node, Meets then)
    {
        Say(what);
        begin();
        var took = GatePort.Await(cluster.Client, node.Address, then, 90);
        View(cluster, $"  {node.Name} is {(then == Meets.Server ? "open" : "closed")} after {took.TotalSeconds:0.0} s");
    }

    private static void Expect(Cluster cluster, string what, Meets wanted, params IEnumerable<ClusterNode> nodes)
    {
        foreach (var node in nodes)
        {
            _ = GatePort.Await(cluster.Client, node.Address, wanted, 30);
        }

        View(cluster, what);
    }

    /// <summary>What a client meets at port 3308 of each node.</summary>
    private static void View(Cluster cluster, string what) => Say(
        $"{what,-62}client sees {string.Join("  ", cluster.Nodes.Select(node => $"{node.Name} {(GatePort.Meet(cluster.Client, node.Address) == Meets.Server ? "open  " : "closed")}"))}");

    private static void Report(ClusterNode node, GateDaemon gate)
    {
        var events = gate.Events().ToDictionary(e => e.GetProperty("seq").GetInt64());
        foreach (var change in events.Values.Where(e => e.GetProperty("type").GetString() is "RedirectAdded" or "RedirectRemoved"))
        {
            var rule = change.GetProperty("data").GetProperty("change");
            var cause = events[change.GetProperty("cause").GetInt64()];
            Console.WriteLine(
                $"  {change.GetProperty("at").GetString()![11..23]} {node.Name} {rule.GetProperty("family").GetString()} "
                + $"{(change.GetProperty("type").GetString() == "RedirectAdded" ? "redirect added  " : "redirect removed")} because {Reason(cause)}");
        }
    }

    private static string Reason(JsonElement cause)
    {
        var data = cause.GetProperty("data");
        var reason = data.TryGetProperty("reason", out var named) ? named.GetString() : "";
        return $"#{cause.GetProperty("seq").GetInt64()} {cause.GetProperty("type").GetString()}: {reason}";
    }

    private static void Say(string what) => Console.WriteLine($"{Stopwatch.GetElapsedTime(Started).TotalSeconds,6:0.0} s  {what}");
}
