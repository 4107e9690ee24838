using System.Net;
using System.Net.Sockets;
using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Http;

/// <summary>
/// A daemon's sockets and ports when their name is already taken, when callers disconnect or never do, and when pages
/// of other sites call.
/// </summary>
public sealed class DoorTests : IDisposable
{
    private const int Port = 9200;

    private readonly DryDaemon _dry = new("--http", "9200", "--peers", "127.0.0.2:3308");

    public void Dispose() => _dry.Dispose();

    [Theory]
    [InlineData("printf kept > $1")]
    [InlineData("mkdir $1 && printf kept > $1/file")]
    [InlineData("mkfifo $1")]
    [InlineData("printf kept > $1.other && ln -s $1.other $1")]
    public void A_file_that_has_the_sockets_name_is_left_alone(string make)
    {
        var path = Path.Combine(_dry.Folder, "precious");
        Shell.Run("sh", ["-c", make, "sh", path]);
        var before = There();

        var (exitCode, _, error) = _dry.Space.Try("timeout", [
            "20",
            GateDaemon.Binary,
            "run",
            "--dry-run",
            "--socket",
            _dry.Node.Path,
            "--defaults-extra-file",
            "/dev/null",
            "--journal", _dry.Folder + "/second", "--control", path]);

        Assert.Equal(2, exitCode);
        Assert.Contains(
            $"galeragate: --control: {path} is there and is not a socket: it stays as it is; ",
            error,
            StringComparison.Ordinal);
        Assert.Equal(before, There());

        string There() => Shell.Run("sh", ["-c", "stat -c '%i %F' $1*; cat $(find $1* -type f)", "sh", path]);
    }

    [Fact]
    public void A_stop_removes_its_own_socket_but_not_one_that_replaced_it()
    {
        File.Delete(_dry.Gate.Control);
        File.WriteAllText(_dry.Gate.Control, "kept");
        _dry.Gate.Stop();

        Assert.Equal("kept", File.ReadAllText(_dry.Gate.Control));
        Assert.DoesNotContain(Directory.GetFiles(_dry.Folder), file => Path.GetFileName(file).StartsWith('.'));
    }

    /// <summary>The other gate sends a greeting for the first check and not for the second.</summary>
    [Fact]
    public void A_hold_is_undone_if_its_caller_gives_up_during_the_second_check()
    {
        _dry.AwaitOpen();
        using var other = _dry.Space.Enter(() =>
        {
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 3308));
            listener.Listen();
            return listener;
        });
        using var caller = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        caller.Connect(new UnixDomainSocketEndPoint(_dry.Gate.Control));
        const string Body = "{\"reason\":\"restart\",\"ifOthersOpen\":1}";
        _ = caller.Send(
            Encoding.ASCII.GetBytes(
                $"POST /v1/hold HTTP/1.1\r\nHost: galeragate\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"));
        using (var first = other.Accept())
        {
            _ = first.Send([1, 0, 0, 0, 10]);
        }

        using var second = other.Accept();
        _dry.Gate.AwaitEvent(nameof(HoldPlaced));
        caller.Close();

        _dry.Gate.AwaitEvent(nameof(HoldLifted));
        Assert.Empty(_dry.Gate.Status().GetProperty("holds").EnumerateArray());
        _dry.AwaitOpen();
    }

    [Fact]
    public void A_check_is_answered_however_many_connections_are_kept_open()
    {
        _dry.AwaitOpen();
        var kept = new List<Socket>();
        try
        {
            while (kept.Count < 600)
            {
                kept.Add(Connect());
                _ = kept[^1].Send("GET /metrics HTTP/1.1\r\nHost: n1\r\n\r\n"u8);
            }

            // The last connection has its answer, so all others are idle or were closed to make room for later ones.
            Assert.StartsWith("HTTP/1.1 200 OK", Receive(kept[^1]), StringComparison.Ordinal);

            for (var i = 0; i < 20; i++)
            {
                Assert.StartsWith(
                    "HTTP/1.1 200 OK", Ask("GET / HTTP/1.1\r\nHost: n1\r\n\r\n"), StringComparison.Ordinal);
            }
        }
        finally
        {
            kept.ForEach(socket => socket.Dispose());
        }

        Assert.DoesNotContain("Unhandled", _dry.Gate.Log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_verb_is_answered_however_many_control_connections_are_kept_open()
    {
        var kept = new List<Socket>();
        try
        {
            for (var i = 0; i < 100; i++)
            {
                kept.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
                kept[^1].Connect(new UnixDomainSocketEndPoint(_dry.Gate.Control));
                _ = kept[^1].Send("GET /v1/status HTTP/1.1\r\nHost: n1\r\n\r\n"u8);
            }

            _dry.AwaitOpen();
        }
        finally
        {
            kept.ForEach(socket => socket.Dispose());
        }
    }

    [Theory]
    [InlineData("/status")]
    [InlineData("/ui")]
    [InlineData("/ui/lanes?minutes=15")]
    [InlineData("/ui/stream")]
    [InlineData("/ui/no-such")]
    public void A_foreign_page_cannot_read_the_status_through_a_name_of_its_own(string path)
    {
        var answer = Ask($"GET {path} HTTP/1.1\r\nHost: evil.example:9200\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 421 ", answer, StringComparison.Ordinal);
        Assert.Contains("which 'evil.example' is not: ask for it by address\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:9200")]
    [InlineData("10.0.0.1")]
    [InlineData("[fd77::1]:9200")]
    [InlineData("localhost:9200")]
    [InlineData("n1:9200")]
    [InlineData("db1")]
    public void The_status_is_shown_under_an_address_or_a_name_of_this_host(string host) =>
        Assert.StartsWith(
            "HTTP/1.1 200 ",
            Ask($"GET /status HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("/")]
    [InlineData("/gate")]
    [InlineData("/live")]
    [InlineData("/metrics")]
    public void Checks_and_metrics_are_answered_under_any_name(string path)
    {
        _dry.AwaitOpen();

        Assert.StartsWith(
            "HTTP/1.1 200 ",
            Ask($"GET {path} HTTP/1.1\r\nHost: galera.example:9200\r\nConnection: close\r\n\r\n"),
            StringComparison.Ordinal);
    }

    private Socket Connect() => _dry.Space.Enter(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = 20_000,
        };
        socket.Connect(IPAddress.Loopback, Port);
        return socket;
    });

    private string Ask(string request)
    {
        using var socket = Connect();
        _ = socket.Send(Encoding.ASCII.GetBytes(request));
        return Receive(socket);
    }

    private static string Receive(Socket socket)
    {
        var (answer, buffer) = (new StringBuilder(), new byte[65536]);
        try
        {
            do
            {
                var read = socket.Receive(buffer);
                if (read == 0)
                {
                    break;
                }

                _ = answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            } while (
                !answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal)
                || socket.Poll(100_000, SelectMode.SelectRead));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Not answered.
        }

        return answer.ToString();
    }
}
