namespace GaleraGate.Lab;

/// <summary>
/// A real MariaDB Galera cluster of one to three nodes and a client, each in its own namespace. Every node has two
/// links, one to its clients and one to its peers, so a test can cut either.
/// </summary>
public sealed class Cluster : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Space _switch;

    private Cluster(int size)
    {
        _switch = _host.AddSpace("sw");
        foreach (var bridge in new[] { "clients", "peers" })
        {
            _switch.Run("ip", ["link", "add", bridge, "type", "bridge"]);
            _switch.Run("ip", ["link", "set", bridge, "up"]);
        }

        Client = _host.AddSpace("client");
        Link(Client, "client", "clients", "eth0", "10.77.0.100/24", "fd77::100/64");
        Nodes =
        [
            .. Enumerable
                .Range(1, size)
                .Select(number => new ClusterNode(this, number, size, _host.AddSpace($"n{number}"))),
        ];
        foreach (var node in Nodes)
        {
            Link(node.Space, node.Name, "clients", "eth0", $"{node.Address}/24", $"{node.AddressIpv6}/64");
            Link(node.Space, node.Name + "p", "peers", "eth1", $"{node.PeerAddress}/24", null);
        }
    }

    public Space Client { get; }

    public IReadOnlyList<ClusterNode> Nodes { get; }

    public string Folder => _host.Folder;

    /// <summary>Starts a cluster and waits until all its nodes are synced.</summary>
    /// <param name="root">
    /// The root of another release whose servers to run; it must also contain the lab's folders. Null for the host's
    /// servers.
    /// </param>
    public static Cluster Start(
        int size,
        string sstMethod = "rsync",
        IReadOnlyDictionary<string, string>? options = null,
        Action<string>? progress = null,
        string? root = null)
    {
        var cluster = new Cluster(size);
        try
        {
            foreach (var node in cluster.Nodes)
            {
                node.Root = root;
                node.Install(sstMethod, options ?? new Dictionary<string, string>());
                node.Start(isFirst: node == cluster.Nodes[0]);
                node.AwaitSynced();
                progress?.Invoke($"{node.Name} is synced");
            }

            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Adds a host next to the client's, with the addresses 10.77.0.NUMBER and fd77::NUMBER.</summary>
    public Space AddHost(string name, int number)
    {
        var space = _host.AddSpace(name);
        Link(space, name, "clients", "eth0", $"10.77.0.{number}/24", $"fd77::{number}/64");
        return space;
    }

    /// <summary>
    /// Gives every node the floating address, for a balancer with direct routing. The nodes answer no ARP for it.
    /// </summary>
    public void ShareFloatingAddress()
    {
        foreach (var node in Nodes)
        {
            _ = node.Space.Run("sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1", "net.ipv4.conf.all.arp_announce=2");
            _ = node.Space.Try("ip", "addr", "add", $"{Balancer.FloatingAddress}/32", "dev", "lo");
        }
    }

    public void UnshareFloatingAddress()
    {
        foreach (var node in Nodes)
        {
            _ = node.Space.Try("ip", "addr", "del", $"{Balancer.FloatingAddress}/32", "dev", "lo");
        }
    }

    /// <summary>
    /// Waits until every node has seen the whole cluster for a while. A node that was frozen reports the whole cluster
    /// for some seconds although the others have dropped it.
    /// </summary>
    public void AwaitWhole()
    {
        var since = DateTime.UtcNow;
        Shell.Await(
            () =>
            {
                var whole = Nodes.All(node =>
                    node.Status("wsrep_cluster_size") == $"{Nodes.Count}" && node.Status("wsrep_local_state") == "4");
                since = whole ? since : DateTime.UtcNow;
                return DateTime.UtcNow - since > TimeSpan.FromSeconds(3);
            },
            TimeSpan.FromSeconds(90), "the cluster to be whole");
    }

    /// <summary>Cuts a node off from its peers; clients still reach it.</summary>
    public void Partition(ClusterNode node) => _switch.Run("ip", ["link", "set", node.Name + "p", "down"]);

    public void Heal(ClusterNode node) => _switch.Run("ip", ["link", "set", node.Name + "p", "up"]);

    public void Keep() => _host.Keep();

    public void Dispose() => _host.Dispose();

    private void Link(Space space, string port, string bridge, string device, string ipv4, string? ipv6)
    {
        _switch.Run("ip", ["link", "add", port, "type", "veth", "peer", "name", device, "netns", space.Name]);
        _switch.Run("ip", ["link", "set", port, "master", bridge, "up"]);
        space.Run("ip", ["addr", "add", ipv4, "dev", device]);
        if (ipv6 is not null)
        {
            space.Run("ip", ["-6", "addr", "add", ipv6, "dev", device, "nodad"]);
        }

        space.Run("ip", ["link", "set", device, "up"]);
    }
}
