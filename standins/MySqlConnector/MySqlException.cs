namespace MySqlConnector;

/// <summary>The server's error numbers that GaleraGate tells apart, and the client's own.</summary>
public enum MySqlErrorCode
{
    None = 0,
    CommandTimeoutExpired = -1,
    ConnectionCountError = 1040,
    UnableToConnectToHost = 1042,
    AccessDenied = 1045,
}

/// <summary>The server said no, or could not be talked to.</summary>
public sealed class MySqlException : Exception
{
    internal MySqlException(int number, string? sqlState, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Number = number;
        SqlState = sqlState;
    }

    /// <summary>The server's error number; 0 where the connection broke.</summary>
    public int Number { get; }

    public MySqlErrorCode ErrorCode => (MySqlErrorCode)Number;

    public string? SqlState { get; }
}
