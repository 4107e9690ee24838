using MySqlConnector.Protocol;

namespace MySqlConnector;

/// <summary>The rows of the answers, one answer after the other. Every value is the text that the server sent.</summary>
public sealed class MySqlDataReader : IAsyncDisposable
{
    private readonly Session _session;
    private readonly TimeSpan _limit;
    private string?[]? _row;
    private bool _more = true;

    internal MySqlDataReader(Session session, TimeSpan limit)
    {
        _session = session;
        _limit = limit;
    }

    public int FieldCount => _session.FieldCount;

    public int RecordsAffected => _session.RecordsAffected;

    public async Task<bool> ReadAsync(CancellationToken cancellationToken = default) =>
        (_row = await _session.ReadRowAsync(_limit, cancellationToken)) is not null;

    /// <summary>Goes on to the next answer that has rows.</summary>
    public async Task<bool> NextResultAsync(CancellationToken cancellationToken = default)
    {
        while (await ReadAsync(cancellationToken))
        {
        }

        _more = _more && await _session.NextAsync(_limit, cancellationToken);
        await SkipToRowsAsync(cancellationToken);
        return _more;
    }

    public string GetName(int ordinal) => _session.FieldNames[ordinal];

    public bool IsDBNull(int ordinal) => Value(ordinal) is null;

    public object GetValue(int ordinal) => (object?)Value(ordinal) ?? DBNull.Value;

    public string GetString(int ordinal) => Value(ordinal) ?? throw new InvalidCastException("Unable to cast object of type 'System.DBNull' to type 'System.String'.");

    /// <summary>Reads what is left, so that the connection is good for the next command.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_more && !_session.IsBroken)
        {
            _ = await NextResultAsync();
        }
    }

    internal async Task SkipToRowsAsync(CancellationToken cancellationToken)
    {
        while (_more && _session.FieldCount == 0)
        {
            _more = await _session.NextAsync(_limit, cancellationToken);
        }
    }

    private string? Value(int ordinal) =>
        (_row ?? throw new InvalidOperationException("Read must be called first."))[ordinal];
}
