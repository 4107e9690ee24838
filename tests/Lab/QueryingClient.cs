using System.Collections.Concurrent;
using System.Diagnostics;
using MySqlConnector;

namespace GaleraGate.Lab;

/// <summary>The outcome of a query: the node that answered it, or the error.</summary>
/// <param name="Started">When the query began, as a timestamp.</param>
public sealed record Query(long Started, string? Node, string? Failure);

/// <summary>
/// An application that queries through the balancer all the time, each query over a new connection, and counts the
/// outcomes. The answer to each query is the node's name.
/// </summary>
public sealed class QueryingClient : IDisposable
{
    public const string Reads = "SELECT @@wsrep_node_name";
    public const string Writes = "INSERT INTO app.t (v) VALUES (1) RETURNING @@wsrep_node_name";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Action<Query>? _told;
    private readonly string _statement;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, int> _answered = new();
    private readonly Task _querying;
    private int _failed;

    /// <param name="told">Called after each query has ended.</param>
    public QueryingClient(
        Space space, string address, int port, Action<Query>? told = null, string statement = Reads)
    {
        (_told, _statement) = (told, statement);
        _querying = space.EnterAsync(() => QueryAsync(address, port));
    }

    /// <summary>How many queries each node answered.</summary>
    public IReadOnlyDictionary<string, int> Answered => _answered;

    public int Failed => Volatile.Read(ref _failed);

    /// <summary>The error of the last failed query.</summary>
    public string? LastFailure { get; private set; }

    public void Dispose()
    {
        if (_querying.IsCompleted)
        {
            return;
        }

        _ending.Cancel();
        _querying.Wait();
        _ending.Dispose();
    }

    private async Task QueryAsync(string address, int port)
    {
        var options = new MySqlConnectionStringBuilder
        {
            Server = address,
            Port = (uint)port,
            UserID = ClusterNode.AppUser,
            Password = ClusterNode.AppPassword,
            SslMode = MySqlSslMode.None,
            Pooling = false,
            ConnectionTimeout = 5,
            DefaultCommandTimeout = 5,
            CancellationTimeout = -1,
        };
        while (!_ending.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await using var connection = new MySqlConnection(options.ConnectionString);
                await connection.OpenAsync();
                await using var command = new MySqlCommand(_statement, connection);
                var node = (string)(await command.ExecuteScalarAsync())!;
                _ = _answered.AddOrUpdate(node, 1, (_, count) => count + 1);
                _told?.Invoke(new Query(started, node, null));
            }
            catch (Exception e) when (e is MySqlException or IOException)
            {
                _ = Interlocked.Increment(ref _failed);
                LastFailure = e.Message;
                _told?.Invoke(new Query(started, null, e.Message));
            }

            await Task.Delay(Pause);
        }
    }
}
