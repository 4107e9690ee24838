using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Lab;

/// <summary>A peer for what no server that can be had here does: it accepts connections on loopback and treats each as it is told.</summary>
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

                _ = Task.Run(() => treat(client.GetStream()));
            }
        });
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Accepts and never says a word.</summary>
    public static ScriptedServer Silent() => new(_ => { });

    /// <summary>The first packet of a MySQL 8 server that authenticates by this method.</summary>
    public static byte[] Greeting(byte[] nonce, string method)
    {
        const uint Capabilities = 0x1 | 0x200 | 0x2000 | 0x8000 | 0x20000 | 0x80000;
        return
        [
            10, .. "8.0.36\0"u8, 1, 0, 0, 0, .. nonce[..8], 0, unchecked((byte)Capabilities), (byte)(Capabilities >> 8 & 0xff), 45, 2, 0,
            (byte)(Capabilities >> 16 & 0xff), (byte)(Capabilities >> 24), 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. nonce[8..20], 0,
            .. System.Text.Encoding.ASCII.GetBytes(method), 0,
        ];
    }

    public static void Send(NetworkStream stream, byte sequence, params byte[] payload) =>
        stream.Write([(byte)payload.Length, (byte)(payload.Length >> 8), (byte)(payload.Length >> 16), sequence, .. payload]);

    public static byte[] Receive(NetworkStream stream)
    {
        var header = new byte[4];
        stream.ReadExactly(header);
        var payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
        stream.ReadExactly(payload);
        return payload;
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
