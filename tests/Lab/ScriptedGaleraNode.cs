using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GaleraGate.Lab;

/// <summary>
/// A server on a Unix socket that accepts any login and answers the poll as the test specifies, for answers that no
/// real server can be made to give. It implements just enough of the protocol for that.
/// </summary>
public sealed class ScriptedGaleraNode : IDisposable
{
    private readonly Socket _listener;
    private readonly Func<Stream, Stream> _login;

    public ScriptedGaleraNode(string path)
        : this(new UnixDomainSocketEndPoint(path), LetIn) => Path = path;

    /// <param name="login">Authenticates a client in its own way and returns the stream to continue with.</param>
    public ScriptedGaleraNode(EndPoint at, Func<Stream, Stream> login)
    {
        _login = login;
        _listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(at);
        _listener.Listen();
        // Threads of its own: tests that block the thread pool must not make the server look slow.
        Run(() =>
        {
            while (true)
            {
                var client = _listener.Accept();
                Run(() => Serve(client));
            }
        });
    }

    public string Path { get; } = "";

    /// <summary>The TCP port that it listens on.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>The answer to SHOW VARIABLES; null for an error instead of an answer.</summary>
    public IReadOnlyDictionary<string, string>? Variables { get; set; } =
        new Dictionary<string, string> { ["read_only"] = "OFF", ["wsrep_on"] = "ON" };

    public IReadOnlyDictionary<string, string> Status { get; set; } = new Dictionary<string, string>
    {
        ["wsrep_local_state"] = "4",
        ["wsrep_cluster_status"] = "Primary",
        ["wsrep_ready"] = "ON",
        ["wsrep_connected"] = "ON",
    };

    /// <summary>While true, the server answers nothing.</summary>
    public bool Hangs { get; set; }

    public void Dispose() => _listener.Dispose();

    private static void Run(Action action) =>
        _ = Task.Factory.StartNew(
            action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Serve(Socket socket)
    {
        using var connection = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var stream = _login(connection);
            while (true)
            {
                if (Hangs)
                {
                    Thread.Sleep(Timeout.Infinite);
                }

                var query = Encoding.UTF8.GetString(ScriptedServer.Receive(stream)[1..]);
                if (query.StartsWith("SHOW", StringComparison.Ordinal))
                {
                    Answer(stream);
                }
                else
                {
                    Ok(stream, 1);
                }
            }
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The client has disconnected.
        }
    }

    private static Stream LetIn(Stream stream)
    {
        ScriptedServer.Send(
            stream, 0, ScriptedServer.Greeting([.. Enumerable.Repeat((byte)7, 20)], "mysql_native_password"));
        _ = ScriptedServer.Receive(stream);
        Ok(stream, 2);
        return stream;
    }

    private void Answer(Stream stream)
    {
        byte sequence = 1;
        Rows(stream, ref sequence, Status, more: true);
        if (Variables is { } variables)
        {
            Rows(stream, ref sequence, variables, more: false);
        }
        else
        {
            ScriptedServer.Send(stream, sequence, [0xff, 0x51, 0x04, .. "#HY000Something went wrong"u8]);
        }
    }

    private static void Rows(Stream stream, ref byte sequence, IReadOnlyDictionary<string, string> rows, bool more)
    {
        byte[] end = [0xfe, 0, 0, (byte)(more ? 0x0a : 0x02), 0];
        ScriptedServer.Send(stream, sequence++, 2);
        ScriptedServer.Send(stream, sequence++, ScriptedServer.Column("Variable_name"));
        ScriptedServer.Send(stream, sequence++, ScriptedServer.Column("Value"));
        ScriptedServer.Send(stream, sequence++, end);
        foreach (var (name, value) in rows)
        {
            ScriptedServer.Send(stream, sequence++, [.. ScriptedServer.Text(name), .. ScriptedServer.Text(value)]);
        }

        ScriptedServer.Send(stream, sequence++, end);
    }

    private static void Ok(Stream stream, byte sequence) => ScriptedServer.Send(stream, sequence, 0, 0, 0, 2, 0, 0, 0);
}
