namespace MySqlConnector;

/// <summary>One or more statements.</summary>
public sealed class MySqlCommand(string commandText, MySqlConnection connection) : IAsyncDisposable
{
    public string CommandText { get; set; } = commandText;

    /// <summary>Seconds in which an answer must come; 0 for no limit.</summary>
    public int CommandTimeout { get; set; } = connection.DefaultCommandTimeout;

    /// <summary>Sends the statements and waits for the first answer.</summary>
    /// <exception cref="MySqlException">The server refuses, the connection breaks, or the answer does not come in time.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the connection is closed.</exception>
    public async Task<MySqlDataReader> ExecuteReaderAsync(CancellationToken cancellationToken = default)
    {
        var limit = CommandTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(CommandTimeout);
        await connection.Session.QueryAsync(CommandText, limit, cancellationToken);
        var reader = new MySqlDataReader(connection.Session, limit);
        await reader.SkipToRowsAsync(cancellationToken);
        return reader;
    }

    public async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken = default)
    {
        await using var reader = await ExecuteReaderAsync(cancellationToken);
        while (await reader.NextResultAsync(cancellationToken))
        {
        }

        return reader.RecordsAffected;
    }

    public async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken = default)
    {
        await using var reader = await ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.IsDBNull(0) ? DBNull.Value : reader.GetString(0)) : null;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
