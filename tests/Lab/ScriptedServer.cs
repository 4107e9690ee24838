using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Lab;

/// <summary>
/// A peer that does what no server available here can be made to do. It accepts connections on loopback and handles
/// each as the test specifies.
/// </summary>
public sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _accepted = [];

    public ScriptedServer(Action<NetworkStream> treat)
    {
        _listener.Start();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                lock (_accepted)
                {
                    _accepted.Add(client);
                }

                // A dedicated thread, because many handlers sleep for ever.
                new Thread(() => Treat(treat, client.GetStream())) { IsBackground = true }.Start();
            }
        });
    }

    /// <summary>The number of connections accepted so far.</summary>
    public int Accepted
    {
        get
        {
            lock (_accepted)
            {
                return _accepted.Count;
            }
        }
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Accepts a connection and never sends a byte.</summary>
    public static ScriptedServer Silent() => new(_ => { });

    /// <summary>The first packet of a MySQL 8 server that uses this authentication method.</summary>
    public static byte[] Greeting(byte[] nonce, string method, bool hasTls = false)
    {
        const uint Tls = 0x800;
        var capabilities = 0x1 | 0x200 | 0x2000 | 0x8000 | 0x20000 | 0x80000 | (hasTls ? Tls : 0);
        return
        [
            10,
            .. "8.0.36\0"u8,
            1,
            0,
            0,
            0,
            .. nonce[..8],
            0,
            unchecked((byte)capabilities),
            (byte)(capabilities >> 8 & 0xff),
            45,
            2,
            0,
            (byte)(capabilities >> 16 & 0xff),
            (byte)(capabilities >> 24),
            21,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            .. nonce[8..20],
            0,
            .. System.Text.Encoding.ASCII.GetBytes(method), 0,
        ];
    }

    /// <summary>Accepts any login and then hangs for ever at the named step.</summary>
    public static void StopAt(string where, NetworkStream stream)
    {
        const int NothingLeft = 0xfe;
        byte[] ok = [0, 0, 0, 2, 0, 0, 0];
        switch (where)
        {
            case "accepts and says nothing":
                Thread.Sleep(Timeout.Infinite);
                break;
            case "stops within its greeting":
                stream.Write([40, 0, 0, 0, 10, 56]);
                Thread.Sleep(Timeout.Infinite);
                break;
            default:
                Send(stream, 0, Greeting([.. Enumerable.Repeat((byte)7, 20)], "mysql_native_password"));
                break;
        }

        Stop(where == "greets and stops");
        _ = Receive(stream);
        Send(stream, 2, ok);
        Stop(where == "stops at the first statement");
        while (!System.Text.Encoding.UTF8.GetString(Receive(stream)).Contains("SHOW", StringComparison.Ordinal))
        {
            Send(stream, 1, ok);
        }

        byte sequence = 1;
        Send(stream, sequence++, 2);
        Send(stream, sequence++, Column("Variable_name"));
        Send(stream, sequence++, Column("Value"));
        Send(stream, sequence++, NothingLeft, 0, 0, 2, 0);
        while (true)
        {
            Send(stream, sequence++, [.. Text("wsrep_ready"), .. Text("ON")]);
            if (where == "stops within a row")
            {
                stream.Write([20, 0, 0, sequence, 5, 65]);
                Stop(true);
            }

            Thread.Sleep(where == "sends a row now and then" ? 50 : 0);
        }

        static void Stop(bool here) => Thread.Sleep(here ? Timeout.Infinite : 0);
    }

    public static byte[] Column(string name) =>
        [.. Text("def"), 0, 0, 0, .. Text(name), .. Text(name), 0x0c, 45, 0, 0, 1, 0, 0, 0xfd, 0, 0, 0, 0, 0];

    public static byte[] Text(string text) => [(byte)text.Length, .. System.Text.Encoding.UTF8.GetBytes(text)];

    public static void Send(Stream stream, byte sequence, params byte[] payload) =>
        stream.Write([
            (byte)payload.Length,
            (byte)(payload.Length >> 8),
            (byte)(payload.Length >> 16),
            sequence,
            .. payload,
        ]);

    public static byte[] Receive(Stream stream)
    {
        var header = new byte[4];
        stream.ReadExactly(header);
        var payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
        stream.ReadExactly(payload);
        return payload;
    }

    private static void Treat(Action<NetworkStream> treat, NetworkStream stream)
    {
        try
        {
            treat(stream);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client has disconnected.
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_accepted)
        {
            _accepted.ForEach(client => client.Dispose());
        }
    }
}
