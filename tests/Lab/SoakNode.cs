using System.Net;

namespace GaleraGate.Lab;

/// <summary>
/// A node of the soak: a server, its daemon with its journal on a disk of its own, and a watch on both.
/// </summary>
internal sealed class SoakNode : IDisposable
{
    private const int MetricsPort = 9108;

    /// <summary>The lease, plus the second of the kernel's granularity.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    private readonly string _disk;
    private readonly string[] _arguments;
    private readonly HttpClient _monitoring;

    public SoakNode(Cluster cluster, ClusterNode node, string backend, string archive)
    {
        (Cluster, Node, Backend) = (cluster, node, backend);
        _disk = Path.Combine(node.Folder, "record");
        _ = Directory.CreateDirectory(_disk);
        Lab.Shell.Run("mount", ["-t", "tmpfs", "-o", "size=64M", "none", _disk]);
        _arguments =
        [
            "--node", node.Name, "--socket", node.Socket, "--defaults-extra-file", node.Credentials, "--notify",
            node.Notify, "--firewall", backend, "--cluster", Soak.ClusterName, "--archive", archive, "--http",
            $"{MetricsPort}",
        ];
        Gate = Started();
        Watch = new ServerWatch(node, cluster.Client, TimeSpan.FromMilliseconds(250));
        _monitoring = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync })
        {
            Timeout = TimeSpan.FromSeconds(5),
        };
    }

    public Cluster Cluster { get; }

    public ClusterNode Node { get; }

    public string Backend { get; }

    public GateDaemon Gate { get; private set; }

    public ServerWatch Watch { get; }

    public string Journal => Path.Combine(_disk, "journal");

    /// <summary>How many daemons were started after the first.</summary>
    public int Restarts { get; private set; }

    /// <summary>The answers that monitoring received, and how often it received none.</summary>
    public (int Answered, int Missed) Scrapes { get; private set; }

    public void Disturb(bool on) => Watch.Grace = on ? Lease : TimeSpan.Zero;

    /// <summary>Starts a new daemon after one has ended, as the unit does.</summary>
    public void Restart()
    {
        Gate.Dispose();
        Gate = Started();
        Restarts++;
    }

    public void Shell(string command) => Lab.Shell.Run(
        "ip", ["netns", "exec", Node.Space.Name, .. command.Split(' ')]);

    public void PeersWrite()
    {
        var peer = Cluster.Nodes.First(other => other != Node);
        for (var i = 0; i < 20; i++)
        {
            peer.Execute("INSERT INTO app.t (v) VALUES (1)");
        }
    }

    public void Transfer(string method)
    {
        foreach (var other in Cluster.Nodes.Where(other => other != Node))
        {
            other.SetSstMethod(method);
        }

        Node.RejoinByStateTransfer(method);
    }

    public void Transferred()
    {
        Node.Configure("rsync");
        foreach (var each in Cluster.Nodes)
        {
            each.SetSstMethod("rsync");
        }
    }

    public void FillDisk() => _ = Lab.Shell.Try("dd", "if=/dev/zero", $"of={_disk}/full", "bs=64k");

    public void ClearDisk() => File.Delete($"{_disk}/full");

    /// <summary>Requests the metrics, as a monitoring system does.</summary>
    public void Scrape()
    {
        try
        {
            var text = _monitoring.GetStringAsync(new Uri($"http://127.0.0.1:{MetricsPort}/metrics")).Result;
            Scrapes = text.Contains("galeragate_gate_open", StringComparison.Ordinal)
                ? (Scrapes.Answered + 1, Scrapes.Missed)
                : throw new InvalidOperationException($"{Node.Name} has no galeragate_gate_open:\n{text}");
        }
        catch (AggregateException)
        {
            Scrapes = (Scrapes.Answered, Scrapes.Missed + 1);
        }
    }

    public void Dispose()
    {
        Watch.Dispose();
        Gate.Dispose();
        _monitoring.Dispose();
    }

    private GateDaemon Started() => GateDaemon.StartIn(Node.Space, Journal, _arguments);

    /// <summary>The metrics are on the loopback interface of the node's namespace.</summary>
    private ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken token)
    {
        var socket = GatePort.Connect(Node.Space, $"{IPAddress.Loopback}", context.DnsEndPoint.Port);
        return ValueTask.FromResult<Stream>(new System.Net.Sockets.NetworkStream(socket, ownsSocket: true));
    }
}
