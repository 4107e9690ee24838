using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>
/// A host with a server that greets and then echoes each byte, and a client on another host. The daemon watches a
/// scripted node, so a gate opens within a second.
/// </summary>
internal sealed class GatedHost : IDisposable
{
    public static readonly IReadOnlyList<string> Addresses = ["10.77.0.1", "fd77::1"];

    private readonly LabHost _host = new();
    private readonly Socket[] _listeners;

    public GatedHost()
    {
        (Server, Client) = _host.AddLinkedSpaces();
        _listeners = [Serve(IPAddress.Any), Serve(IPAddress.IPv6Any)];
        Node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
    }

    public Space Server { get; }

    public Space Client { get; }

    public ScriptedGaleraNode Node { get; }

    public string Folder => _host.Folder;

    public string Journal => Path.Combine(_host.Folder, "journal");

    public GateDaemon Start(string backend, params string[] arguments) => GateDaemon.StartIn(
        Server,
        Journal,
        [
            "--node", "n1", "--socket", Node.Path, "--defaults-extra-file", "/dev/null", "--firewall", backend,
            .. arguments,
        ]);

    /// <summary>Waits until clients of both address families meet this.</summary>
    public void Await(Meets wanted)
    {
        foreach (var address in Addresses)
        {
            _ = GatePort.Await(Client, address, wanted, 20);
        }
    }

    /// <summary>Records what clients of both address families meet, repeatedly until disposed.</summary>
    public Watch Record(ConcurrentQueue<(DateTimeOffset At, Meets Met)> record) => new(() =>
    {
        foreach (var address in Addresses)
        {
            record.Enqueue((DateTimeOffset.UtcNow, GatePort.Meet(Client, address)));
        }

        Thread.Sleep(5);
    });

    /// <summary>Clients that came in through the gate and stay connected.</summary>
    public IReadOnlyList<Socket> Enter() =>
    [
        .. Addresses.Select(address =>
        {
            var client = GatePort.Connect(Client, address, 3308);
            client.ReceiveTimeout = 5000;
            Assert.Equal(5, client.Receive(new byte[5]));
            return client;
        }),
    ];

    /// <summary>
    /// A client that gets an answer is still connected. The client acknowledges at once. If another program's flush has
    /// just ended all translation, a delayed acknowledgement matches no connection and the server resets it.
    /// </summary>
    public static void MustAnswer(Socket client)
    {
        const int Tcp = 6;
        const int QuickAcknowledgement = 12;
        Assert.Equal(1, client.Send([42]));
        Assert.Equal(1, client.Receive(new byte[1]));
        client.SetRawSocketOption(Tcp, QuickAcknowledgement, BitConverter.GetBytes(1));
    }

    /// <summary>All rules and sets of the host's kernel.</summary>
    public string Tables() => Saved("iptables-save") + Saved("ip6tables-save") + Server.Run("ipset", "list", "-n")
        + Server.Run("nft", "list", "tables");

    /// <summary>Lists again if that fails because a set that a rule names was removed meanwhile.</summary>
    private string Saved(string command)
    {
        var saved = "";
        Shell.Await(
            () =>
            {
                (var exitCode, saved, _) = Server.Try(command, "-t", "nat");
                return exitCode == 0;
            },
            TimeSpan.FromSeconds(10),
            command);
        return saved;
    }

    /// <summary>
    /// The gate's own rules as they are now, without remaining times. The order of chains in a table does not matter.
    /// </summary>
    public string Ours(string backend) => backend == BackendTests.Nftables
        ? string.Join(
            "\n\n",
            Lines(
                "nft",
                ["list", "table", "inet", "galeragate-3308"],
                line => !line.Contains("elements", StringComparison.Ordinal)
                    && !line.StartsWith("table ", StringComparison.Ordinal)
                    && line is not ("" or "}"))
                .Split("\n\t}")
                .Select(chain => chain.Trim('\n'))
                .Order(StringComparer.Ordinal))
        : string.Concat(new[] { "iptables", "ip6tables" }.Select(tool =>
            Lines(tool, ["-t", "nat", "-S"], line => line.Contains("GALERAGATE", StringComparison.Ordinal))));

    /// <summary>The rules of all other programs.</summary>
    public string Theirs(string backend) => backend == BackendTests.Nftables
        ? string.Concat(Server.Run("nft", "list", "tables").Split('\n')
            .Where(line => line.Length > 0 && line != "table inet galeragate-3308")
            .Select(line => Server.Run("nft", ["list", .. line.Split(' ')])))
        : Lines("iptables", ["-t", "nat", "-S"], line => !line.Contains("GALERAGATE", StringComparison.Ordinal));

    public void Dispose()
    {
        GateDaemon.EndThoseIn(Server);
        Node.Dispose();
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        _host.Dispose();
    }

    /// <summary>The lines that a command lists; empty when the table does not exist.</summary>
    private string Lines(string command, string[] arguments, Func<string, bool> which) =>
        string.Join('\n', Server.Try(command, arguments).Output.Split('\n').Where(which));

    private Socket Serve(IPAddress address) => Server.Enter(() =>
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listener.DualMode = false;
        }

        listener.Bind(new IPEndPoint(address, 3306));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                _ = AnswerAsync(await listener.AcceptAsync());
            }
        });
        return listener;
    });

    private static async Task AnswerAsync(Socket client)
    {
        using (client)
        {
            try
            {
                _ = await client.SendAsync(new byte[] { 1, 0, 0, 0, 10 });
                var bytes = new byte[1];
                while (await client.ReceiveAsync(bytes) == 1)
                {
                    _ = await client.SendAsync(bytes);
                }
            }
            catch (SocketException)
            {
                // The client has disconnected.
            }
        }
    }
}
