using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MySqlConnector;

namespace GaleraGate.Lab;

/// <summary>
/// Judges a server repeatedly by a few rules of its own and connects to its gate from outside. This records what
/// clients met and shares no code with the daemon. The gate leads to the server, or to a listener of this watch that
/// sends a greeting.
/// </summary>
public sealed class ServerWatch : IDisposable
{
    private readonly string _address;
    private readonly int _gate;
    private readonly TimeSpan _interval;
    private readonly Socket? _behind;
    private readonly Watch _watch;
    private readonly string _connection;
    private MySqlConnection? _session;
    private (long Since, string Why)? _openWhileUnfit;
    private long _unfitSince;
    private long _grace;
    private bool _serves;

    /// <summary>Watches a server of MariaDB's own tests, whose port is not the one that the gate leads to.</summary>
    public ServerWatch(string socket, Space server, Space client, int gate, int behind)
        : this(
            socket, client, "10.77.0.1", gate, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(25),
            server.Greet(IPAddress.Any, behind))
    {
    }

    /// <summary>Watches a node whose gate leads to its own server.</summary>
    /// <param name="interval">The check interval of the node's daemon.</param>
    public ServerWatch(ClusterNode node, Space client, TimeSpan interval)
        : this(node.Socket, client, node.Address, 3308, interval, TimeSpan.FromMilliseconds(50), null)
    {
    }

    private ServerWatch(
        string socket, Space client, string address, int gate, TimeSpan interval, TimeSpan pause, Socket? behind)
    {
        (Socket, _address, _gate, _interval, _behind) = (socket, address, gate, interval, behind);
        _connection = new MySqlConnectionStringBuilder
        {
            ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
            Server = socket,
            UserID = "root",
            Pooling = false,
            ConnectionTimeout = 1,
            DefaultCommandTimeout = 1,
            CancellationTimeout = -1,
            SslMode = MySqlSslMode.None,
        }.ConnectionString;
        // Connections are made from the watch's own namespace; the server is reached by the path of its socket.
        _watch = new Watch(() => client.Enter(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                Look();
                Thread.Sleep(pause);
            }

            return true;
        }));
    }

    public string Socket { get; }

    public int Polls { get; private set; }

    public int Unfit { get; private set; }

    public TimeSpan Worst { get; private set; }

    public string WorstWhy { get; private set; } = "never";

    /// <summary>Since when the server has been unfit, as a timestamp; 0 while it is fit.</summary>
    public long UnfitSince => Volatile.Read(ref _unfitSince);

    /// <summary>Whether the last check found a fit server and an open gate.</summary>
    public bool Serves => Volatile.Read(ref _serves);

    /// <summary>How much longer the gate may stay open when its daemon was disturbed: the lease.</summary>
    public TimeSpan Grace
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _grace));
        set => Volatile.Write(ref _grace, value.Ticks);
    }

    /// <summary>
    /// How long the gate may stay open on an unfit server. An answer that shows the server unfit: one second and two
    /// checks. No answer: two probes that wait a second each. Both get an allowance for a busy machine.
    /// </summary>
    public TimeSpan Allowed(bool isSilent) => TimeSpan.FromSeconds(isSilent ? 2.8 : 1.3) + (2 * _interval) + Grace;

    /// <summary>Every period in which the gate was open for longer than the rules allow.</summary>
    public IList<string> TooLong { get; } = [];

    public void Dispose()
    {
        _watch.Dispose();
        _behind?.Dispose();
        _session?.Dispose();
        _session = null;
    }

    private void Look()
    {
        var why = WhyUnfit();
        Volatile.Write(
            ref _unfitSince, why is null ? 0 : _unfitSince == 0 ? Stopwatch.GetTimestamp() : _unfitSince);
        var isOpen = _behind is null ? IsNotRefused() : IsGreeted();
        Volatile.Write(ref _serves, why is null && isOpen);
        (Polls, Unfit) = (Polls + 1, Unfit + (why is null ? 0 : 1));
        if (why is null || !isOpen)
        {
            _openWhileUnfit = null;
            return;
        }

        var (since, first) = _openWhileUnfit ??= (Stopwatch.GetTimestamp(), why);
        var lasted = Stopwatch.GetElapsedTime(since);
        if (lasted > Worst)
        {
            (Worst, WorstWhy) = (lasted, first);
        }

        if (lasted > Allowed(first.StartsWith("no answer", StringComparison.Ordinal)))
        {
            TooLong.Add($"{DateTime.UtcNow:HH:mm:ss.fff} for {lasted.TotalSeconds:0.00} s and on: {first}");
            _openWhileUnfit = null;
        }
    }

    /// <summary>Why the server is unfit by its current answers; null if it is fit.</summary>
    private string? WhyUnfit()
    {
        try
        {
            if (_session is null)
            {
                _session = new MySqlConnection(_connection);
                _session.Open();
                // The servers of these tests make every read wait for the cluster.
                using var own = new MySqlCommand("SET SESSION wsrep_sync_wait = 0", _session);
                _ = own.ExecuteNonQuery();
            }

            var answers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var question in new[]
            {
                "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready','wsrep_cluster_status','wsrep_local_state')",
                "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only','wsrep_reject_queries','wsrep_sst_method')",
            })
            {
                using var command = new MySqlCommand(question, _session);
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    answers[reader.GetString(0)] = reader.GetString(1);
                }
            }

            string Of(string name) => answers.GetValueOrDefault(name, "");
            return Of("wsrep_cluster_status") != "Primary" ? $"status {Of("wsrep_cluster_status")}"
                : Of("wsrep_ready") != "ON" ? "not ready"
                : Of("read_only") is not ("OFF" or "0") ? "read-only"
                : Of("wsrep_reject_queries") is not ("NONE" or "") ? "rejects queries"
                : Of("wsrep_local_state") == "4" ? null
                : Of("wsrep_local_state") == "2" && Of("wsrep_sst_method") is "xtrabackup" or "xtrabackup-v2" ? null
                : $"state {Of("wsrep_local_state")}";
        }
        // A server that is killed, frozen or half started can make the connector throw any of these.
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            _session?.Dispose();
            _session = null;
            return $"no answer: {e.Message}";
        }
    }

    private bool IsGreeted()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Parse(_address), _gate);
            socket.ReceiveTimeout = 1000;
            return socket.Receive(new byte[5]) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A frozen server sends no greeting. A client that is not refused waits for it all the same.</summary>
    private bool IsNotRefused()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Blocking = false;
        try
        {
            socket.Connect(IPAddress.Parse(_address), _gate);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            return !socket.Poll(TimeSpan.FromMilliseconds(500), SelectMode.SelectWrite)
                || socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
