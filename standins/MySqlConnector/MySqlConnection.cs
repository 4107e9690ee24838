using System.Data;
using MySqlConnector.Protocol;

namespace MySqlConnector;

/// <summary>A connection to a server.</summary>
public sealed class MySqlConnection(string connectionString) : IAsyncDisposable
{
    private readonly MySqlConnectionStringBuilder _options = new(connectionString);
    private Session? _session;

    public ConnectionState State => _session is { IsBroken: false } ? ConnectionState.Open : ConnectionState.Closed;

    public string ServerVersion => Session.ServerVersion;

    internal Session Session => _session ?? throw new InvalidOperationException("Connection must be Open; current State is Closed");

    internal int DefaultCommandTimeout => (int)_options.DefaultCommandTimeout;

    /// <summary>Connects.</summary>
    /// <exception cref="MySqlException">The server refuses, or cannot be reached in time.</exception>
    /// <exception cref="NotSupportedException">The account authenticates by a method that is not offered.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing of the connection is left.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken = default)
    {
        if (_session is not null)
        {
            throw new InvalidOperationException("Cannot Open when State is Open.");
        }

        if (_options.CancellationTimeout != -1)
        {
            throw new NotSupportedException("the stand-in offers CancellationTimeout -1 alone");
        }

        var limit = _options.ConnectionTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(_options.ConnectionTimeout);
        var session = new Session();
        try
        {
            await session.ConnectAsync(_options, limit, cancellationToken);
            _session = session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public MySqlCommand CreateCommand() => new("", this);

    public async Task CloseAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.QuitAsync();
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();
}
