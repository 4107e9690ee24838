using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Http;

/// <summary>The HTTP checks: requests of balancers and monitoring, byte for byte as each sends them.</summary>
public sealed class HttpTests : IDisposable
{
    private const int Port = 9200;

    private static readonly Dictionary<string, string> ReadOnly = new() { ["read_only"] = "ON", ["wsrep_on"] = "ON" };

    private readonly DryDaemon _dry = new("--http", "9200");

    public void Dispose() => _dry.Dispose();

    private static readonly string[] Requests =
    [
        "OPTIONS / HTTP/1.0\r\n\r\n", // HAProxy option httpchk
        "GET / HTTP/1.1\r\nHost: n1\r\nUser-Agent: check\r\n\r\n",
        "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 10.0.0.1:9200\r\n\r\n", // keepalived HTTP_GET
        "HEAD / HTTP/1.0\r\n\r\n",
        "GET /\r\n", // a hardware balancer's default
        "GET /\n", // echo GET / | nc
        "", // nc alone: a check run by xinetd answers a client that sends nothing
    ];

    [Fact]
    public void A_check_returns_200_while_open_and_503_otherwise_and_closes_the_connection()
    {
        _dry.AwaitOpen();
        var open = Requests.Select(request => Ask(request)).ToList();
        _dry.Node.Variables = ReadOnly;
        _dry.AwaitOpen(false);
        var closed = Requests.Select(request => Ask(request)).ToList();

        Assert.All(open, answer => Assert.Matches(@"^HTTP/1\.[01] 200 OK\r\n", answer));
        Assert.All(closed, answer => Assert.Matches(@"^HTTP/1\.[01] 503 Service Unavailable\r\n", answer));
        Assert.All(
            open.Concat(closed), answer => Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal));
        Assert.All(Requests.Zip(open, closed), one =>
        {
            var isHead = one.First.StartsWith("HEAD", StringComparison.Ordinal);
            Assert.Equal(isHead ? "" : "n1: gate open, node fit: synced\r\n", Body(one.Second));
            Assert.Equal(
                isHead ? "" : "n1: gate closed, node unfit: read-only (the server is read-only)\r\n",
                Body(one.Third));
        });
    }

    [Fact]
    public void A_request_that_arrives_in_pieces_is_read_whole()
    {
        _dry.AwaitOpen();

        Assert.StartsWith(
            "HTTP/1.1 200", Ask("GE", "T / HT", "TP/1.1\r", "\nHost: n1\r\n", "\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.0 200", Ask("GET ", "/re", "ady\r", "\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void HTTP_reports_the_verdict_before_the_gate_follows_it()
    {
        _dry.Restart("--http", "9200", "--close-after", "1h");
        _dry.AwaitOpen();
        _dry.Node.Status = new Dictionary<string, string>(_dry.Node.Status) { ["wsrep_local_state"] = "2" };
        Shell.Await(
            () => Get("/ready").Contains("503", StringComparison.Ordinal), TimeSpan.FromSeconds(10), "the verdict");

        Assert.Contains("donor-blocking", Get("/ready"), StringComparison.Ordinal);
        Assert.Contains("n1: gate closing", Get("/gate"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", Get("/"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", Get("/live"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hanging_server_delays_no_check()
    {
        _dry.Restart("--http", "9200", "--probe-timeout", "1m");
        _dry.AwaitOpen();
        _dry.Node.Hangs = true;

        // The probe in progress takes a minute to end.
        for (var i = 0; i < 20; i++)
        {
            Assert.StartsWith("HTTP/1.1 200", Get("/"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_live_page_loads_nothing_and_its_streams_are_limited_and_end()
    {
        _dry.AwaitOpen();
        Assert.Contains("Content-Security-Policy: default-src 'none';", Get("/ui"), StringComparison.Ordinal);
        Assert.Contains(
            "\r\n\r\nminutes is one of 15, 60, 360, 1440, 10080\r\n",
            Get("/ui/lanes?minutes=2"),
            StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", Get("/ui/lanes"), StringComparison.Ordinal);
        Assert.EndsWith(
            "\r\n\r\n",
            Ask("HEAD /ui/stream HTTP/1.1\r\nHost: n1\r\nConnection: close\r\n\r\n"),
            StringComparison.Ordinal);

        var looking = Enumerable.Range(0, 32).Select(_ => Look()).ToList();
        Assert.All(looking, answer => Assert.StartsWith("HTTP/1.1 200", answer.First, StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 503", Get("/ui/stream"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", Get("/"), StringComparison.Ordinal);
        looking.ForEach(answer => answer.Socket.Dispose());
        Shell.Await(
            () =>
                Look() is var (socket, first)
                && Closed(socket)
                && first.StartsWith("HTTP/1.1 200", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20),
            "a stream that was given back");

        static bool Closed(Socket socket)
        {
            socket.Dispose();
            return true;
        }
    }

    [Fact]
    public void The_status_is_that_of_the_control_socket_and_the_metrics_pass_promtool()
    {
        _dry.AwaitOpen();
        _dry.Node.Variables = ReadOnly;
        _dry.AwaitOpen(false);

        using var status = JsonDocument.Parse(Body(Get("/status")));
        var metrics = Body(Get("/metrics"));

        Assert.Equal(
            _dry.Gate.Status().EnumerateObject().Select(field => field.Name),
            status.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal((0, "", ""), Shell.TryWith(metrics, "promtool", "check", "metrics"));
        Assert.Contains("\ngaleragate_gate_open 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("galeragate_verdict_reason{reason=\"read-only\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("galeragate_node_state{state=\"synced\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("galeragate_gate_closings_total 1\n", metrics, StringComparison.Ordinal);
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "http.md"));
        Assert.All(
            metrics
                .Split('\n')
                .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
                .Select(line => line.Split(' ')[2]),
            name => Assert.Contains($"| `{name}", document, StringComparison.Ordinal));
        var samples = metrics
            .Split('\n')
            .Where(line => line.StartsWith("galeragate_probe_", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .ToDictionary(part => part[0], part => part[1]);
        Assert.Equal(
            samples["galeragate_probe_duration_seconds_count"],
            samples["galeragate_probe_duration_seconds_bucket{le=\"+Inf\"}"]);
    }

    [Theory]
    [InlineData("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", "405")]
    [InlineData("GET /v1/hold HTTP/1.0\r\n\r\n", "404")]
    [InlineData("\0\0\0\0\r\n", "400")]
    public void The_HTTP_port_is_read_only(string request, string status) =>
        Assert.Contains($" {status} ", Ask(request).Split('\r')[0], StringComparison.Ordinal);

    [Theory]
    [InlineData("10.77.0.1,fd77::/64", true)]
    [InlineData("10.88.0.0/16", false)]
    public void An_address_that_is_not_on_the_list_gets_no_answer(string allowed, bool answered)
    {
        _dry.Space.Run("ip", ["addr", "add", "10.77.0.1/32", "dev", "lo"]);
        _dry.Restart("--http", "*:9200", "--http-allow", allowed);

        Assert.Equal(answered, Ask(IPAddress.Parse("10.77.0.1"), "GET / HTTP/1.0\r\n\r\n").Length > 0);
    }

    [Fact]
    public void A_bare_port_listens_on_loopback_and_a_taken_one_is_exit_code_2()
    {
        var (exitCode, output, error) = _dry.Space.Try(
            GateDaemon.Binary,
            "run",
            "--dry-run",
            "--http",
            "9200",
            "--socket",
            _dry.Node.Path,
            "--journal",
            _dry.Folder + "/second",
            "--defaults-extra-file",
            "/dev/null");

        Assert.Equal(
            ["127.0.0.1:9200", "[::1]:9200"],
            _dry.Space.Run("ss", "-Hltn")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]).Order());
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Matches(@"(?m)^galeragate: --http: cannot listen on 127\.0\.0\.1:9200, \[::1\]:9200: .+$", error);
    }

    private static string Body(string answer) =>
        answer.Contains("\r\n\r\n", StringComparison.Ordinal) ? answer.Split("\r\n\r\n", 2)[1] : "";

    private string Get(string path) => Ask($"GET {path} HTTP/1.1\r\nHost: n1\r\nConnection: close\r\n\r\n");

    /// <summary>A page's event stream, and its first bytes.</summary>
    private (Socket Socket, string First) Look()
    {
        var socket = _dry.Space.Enter(() =>
        {
            var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                ReceiveTimeout = 30_000,
            };
            one.Connect(IPAddress.Loopback, Port);
            return one;
        });
        _ = socket.Send("GET /ui/stream HTTP/1.1\r\nHost: n1\r\n\r\n"u8);
        var buffer = new byte[4096];
        return (socket, Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer)));
    }

    private string Ask(params string[] pieces) => Ask(IPAddress.Loopback, pieces);

    /// <summary>Everything received until the other end closes.</summary>
    private string Ask(IPAddress address, params string[] pieces) => _dry.Space.Enter(() =>
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = 10_000,
            NoDelay = true,
        };
        socket.Connect(address, Port);
        var (answer, buffer) = (new StringBuilder(), new byte[65536]);
        try
        {
            foreach (var piece in pieces)
            {
                _ = socket.Send(Encoding.ASCII.GetBytes(piece));
                Thread.Sleep(pieces.Length > 1 ? 20 : 0);
            }

            for (int read; (read = socket.Receive(buffer)) > 0;)
            {
                _ = answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // No answer, or an incomplete one: the reset may arrive before all bytes were sent.
        }

        return answer.ToString();
    });
}
