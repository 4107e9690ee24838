using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>Options and limits common to all connections to the server.</summary>
public static class ServerConnection
{
    /// <summary>
    /// Ends a hanging statement even if its connection could not be found among this process's descriptors.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Not pooled, because a pool would hide a lost connection. A statement is never ended by KILL QUERY
    /// (CancellationTimeout -1). A cancellation token ends neither a connect nor a read that hangs; these two limits
    /// do, in whole seconds.
    /// </summary>
    /// <param name="limit">For the connect and for each statement; rounded up to a whole second.</param>
    public static string Options(MySqlConnectionStringBuilder server, TimeSpan limit) =>
        new MySqlConnectionStringBuilder(server.ConnectionString)
    {
        Pooling = false,
        CancellationTimeout = -1,
        ConnectionTimeout = (uint)Math.Ceiling(limit.TotalSeconds),
        DefaultCommandTimeout = (uint)Math.Ceiling(limit.TotalSeconds),
        ApplicationName = "galeragate",
    }.ConnectionString;

    /// <summary>Runs a query over a connection of its own, and shuts that down when the token is cancelled.</summary>
    /// <exception cref="MySqlException">The server refuses or cannot be reached.</exception>
    /// <exception cref="IOException">The connection ended, or the server does not speak the protocol.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before there was an answer.</exception>
    public static async Task<T> AskAsync<T>(
        MySqlConnectionStringBuilder server, Func<MySqlConnection, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await OnConnectionAsync(server, ask).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            ServerSockets.ShutDown(server);
            throw;
        }
    }

    private static async Task<T> OnConnectionAsync<T>(
        MySqlConnectionStringBuilder server, Func<MySqlConnection, Task<T>> ask)
    {
        try
        {
            await using var connection = ServerTls.Connection(Options(server, Longest));
            await connection.OpenAsync();
            return await ask(connection);
        }
        catch (Exception e) when (e is not (MySqlException or IOException))
        {
            throw new IOException(ProbeErrorOf.Detail(e), e);
        }
    }
}
