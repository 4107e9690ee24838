using System.Collections.Concurrent;
using MySqlConnector;

namespace GaleraGate.Lab;

/// <summary>
/// An application that queries through the balancer all the time, each query over a new connection, and counts what
/// came of them.
/// </summary>
public sealed class QueryingClient : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, int> _answered = new();
    private readonly Task _querying;
    private int _failed;

    public QueryingClient(Space space, string address, int port) =>
        _querying = space.EnterAsync(() => QueryAsync(address, port));

    /// <summary>How many queries each node answered.</summary>
    public IReadOnlyDictionary<string, int> Answered => _answered;

    public int Failed => Volatile.Read(ref _failed);

    /// <summary>What the last failed query was told.</summary>
    public string? LastFailure { get; private set; }

    public void Dispose()
    {
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
            try
            {
                await using var connection = new MySqlConnection(options.ConnectionString);
                await connection.OpenAsync();
                await using var command = new MySqlCommand("SELECT @@wsrep_node_name", connection);
                var node = (string)(await command.ExecuteScalarAsync())!;
                _ = _answered.AddOrUpdate(node, 1, (_, count) => count + 1);
            }
            catch (Exception e) when (e is MySqlException or IOException)
            {
                _ = Interlocked.Increment(ref _failed);
                LastFailure = e.Message;
            }

            await Task.Delay(Pause);
        }
    }
}
