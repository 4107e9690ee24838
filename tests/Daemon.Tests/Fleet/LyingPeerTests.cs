using System.Net;
using System.Net.Sockets;
using System.Text;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Infrastructure.Galera;
using MySqlConnector;

namespace GaleraGate.Daemon.Tests.Fleet;

/// <summary>
/// A peer's HTTP port may be anything: it delays no reading for long, fills no memory and leads nowhere.
/// </summary>
public sealed class LyingPeerTests : IDisposable
{
    /// <summary>Of this host, and not one of its interfaces: it counts as another node.</summary>
    private static readonly IPAddress Peer = IPAddress.Parse("127.0.0.2");

    private const string Status = """{"node": "n2", "gate": {"phase": "open"}, "nodeState": {"state": "Synced"}}""";
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    private readonly List<TcpListener> _listeners = [];
    private int _met;

    public void Dispose() => _listeners.ForEach(listener => listener.Dispose());

    [Fact]
    public async Task A_peer_that_answers_as_it_should_has_a_row_of_its_own()
    {
        var node = await AskAsync(Whole(Status));

        Assert.Equal(("n2", true, FleetNode.OfHttp), (node.Node, node.Open, node.From));
    }

    [Theory]
    [InlineData("says nothing")]
    [InlineData("closes at once")]
    [InlineData("does not speak HTTP")]
    [InlineData("never ends its headers")]
    [InlineData("promises a hundred gigabytes")]
    [InlineData("never ends its answer")]
    [InlineData("sends a byte now and then")]
    [InlineData("sends no status")]
    public async Task A_peer_that_lies_has_a_row_that_says_so(string how)
    {
        var node = await AskAsync(stream => LieAsync(how, stream));

        Assert.True(_met > 0, "the peer was not asked");
        Assert.Equal((FleetNode.OfNothing, null), (node.From, node.Open));
        Assert.StartsWith("no answer at HTTP port", node.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_cannot_send_a_reader_elsewhere()
    {
        var elsewhere = Listen(Whole(Status));

        var node = await AskAsync(Whole("", $"HTTP/1.1 302 Found\r\nLocation: http://{Peer}:{elsewhere}/status\r\n"));

        Assert.Equal(1, _met);
        Assert.Equal(FleetNode.OfNothing, node.From);
    }

    private async Task<FleetNode> AskAsync(Func<NetworkStream, Task> answer)
    {
        var reader = new FleetReader(
            new OtherGates([Peer.ToString()], 3308, new MySqlConnectionStringBuilder()),
            Listen(answer),
            null,
            TimeProvider.System);
        var report = await reader.ReadAsync(null, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1));
        return Assert.Single(report.Nodes);
    }

    /// <summary>Answers each connection; returns the port.</summary>
    private ushort Listen(Func<NetworkStream, Task> answer)
    {
        var listener = new TcpListener(Peer, 0);
        _listeners.Add(listener);
        listener.Start();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                _ = Interlocked.Increment(ref _met);
                try
                {
                    await answer(client.GetStream());
                }
                catch (IOException)
                {
                    // The reader has had enough.
                }
            }
        });
        return (ushort)((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Func<NetworkStream, Task> Whole(string body, string head = Head) => async stream =>
    {
        _ = await stream.ReadAsync(new byte[4096]);
        await SendAsync(stream, $"{head}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
    };

    private static async Task LieAsync(string how, NetworkStream stream)
    {
        _ = await stream.ReadAsync(new byte[4096]);
        switch (how)
        {
            case "closes at once":
                return;
            case "does not speak HTTP":
                await SendAsync(stream, "\n5.5.5-10.11.6-MariaDB\0");
                return;
            case "never ends its headers":
                await RepeatAsync(stream, Head, "X-More: and more\r\n", TimeSpan.Zero);
                return;
            case "promises a hundred gigabytes":
                await RepeatAsync(stream, Head + "Content-Length: 100000000000\r\n\r\n", Status, TimeSpan.Zero);
                return;
            case "never ends its answer":
                await RepeatAsync(stream, Head + "\r\n", new string(' ', 4096), TimeSpan.Zero);
                return;
            case "sends a byte now and then":
                await RepeatAsync(stream, Head + "\r\n", " ", TimeSpan.FromMilliseconds(100));
                return;
            case "sends no status":
                await SendAsync(stream, Head + "Connection: close\r\n\r\n" + """{"gate": {"phase": "open"}}""");
                return;
            default:
                // Nothing, for as long as the reader waits.
                _ = await stream.ReadAsync(new byte[1]);
                return;
        }
    }

    /// <summary>Sends until the reader has had enough.</summary>
    private static async Task RepeatAsync(NetworkStream stream, string first, string text, TimeSpan pause)
    {
        await SendAsync(stream, first);
        while (true)
        {
            await SendAsync(stream, text);
            await Task.Delay(pause);
        }
    }

    private static async Task SendAsync(NetworkStream stream, string text) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
}
