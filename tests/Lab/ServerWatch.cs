using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MySqlConnector;

namespace GaleraGate.Lab;

/// <summary>
/// Judges a server every 25 ms by its own few rules, and connects to its gate from outside: a record of what clients
/// met that shares no code with the daemon. Behind the gate is a listener of this watch, which greets.
/// </summary>
public sealed class ServerWatch : IDisposable
{
    /// <summary>An answer that says unfit, two checks of 100 ms, and a busy machine.</summary>
    private static readonly TimeSpan Answered = TimeSpan.FromSeconds(1.5);

    /// <summary>No answer: two probes that wait a second each.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(3);

    private readonly Space _client;
    private readonly int _gate;
    private readonly Socket _behind;
    private readonly Watch _watch;
    private readonly string _connection;
    private MySqlConnection? _session;
    private (long Since, string Why)? _openWhileUnfit;

    public ServerWatch(string socket, Space server, Space client, int gate, int behind)
    {
        (Socket, _client, _gate) = (socket, client, gate);
        _behind = server.Greet(IPAddress.Any, behind);
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
        // Its own namespace for its connections; the server is reached by its socket's path.
        _watch = new Watch(() => client.Enter(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                Look();
                Thread.Sleep(25);
            }

            return true;
        }));
    }

    public string Socket { get; }

    public int Polls { get; private set; }

    public int Unfit { get; private set; }

    public TimeSpan Worst { get; private set; }

    public string WorstWhy { get; private set; } = "never";

    /// <summary>Every stretch in which the gate was open for longer than the rules allow.</summary>
    public IList<string> TooLong { get; } = [];

    public void Dispose()
    {
        _watch.Dispose();
        _behind.Dispose();
        _session?.Dispose();
        _session = null;
    }

    private void Look()
    {
        var why = WhyUnfit();
        var isOpen = IsOpen();
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

        if (lasted > (first.StartsWith("no answer", StringComparison.Ordinal) ? Silent : Answered))
        {
            TooLong.Add($"{DateTime.UtcNow:HH:mm:ss.fff} for {lasted.TotalSeconds:0.00} s and on: {first}");
            _openWhileUnfit = null;
        }
    }

    /// <summary>Why the server is not fit by its answers now; null when it is.</summary>
    private string? WhyUnfit()
    {
        try
        {
            if (_session is null)
            {
                _session = new MySqlConnection(_connection);
                _session.Open();
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
        // Whatever a server that is killed, frozen or half started makes the connector stumble over.
#pragma warning disable CA1031
        catch (Exception e)
#pragma warning restore CA1031
        {
            _session?.Dispose();
            _session = null;
            return $"no answer: {e.Message}";
        }
    }

    private bool IsOpen()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Parse("10.77.0.1"), _gate);
            socket.ReceiveTimeout = 1000;
            return socket.Receive(new byte[5]) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
