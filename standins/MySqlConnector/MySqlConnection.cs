using System.Data;
using System.Net;
using System.Net.Sockets;
using MySqlConnector.Native;

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
        var address = await ResolveAsync(cancellationToken);
        var session = new Session();
        try
        {
            await session.ConnectAsync(_options, address, limit, cancellationToken);
            _session = session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public MySqlCommand CreateCommand() => new("", this);

    public Task CloseAsync()
    {
        _session?.Dispose();
        _session = null;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    /// <summary>Names are resolved here, where a token can end the wait; the checked name itself is needed where a certificate must match it.</summary>
    private async Task<string> ResolveAsync(CancellationToken cancellationToken)
    {
        if (_options.ConnectionProtocol == MySqlConnectionProtocol.UnixSocket || _options.SslMode == MySqlSslMode.VerifyFull)
        {
            return _options.Server;
        }

        try
        {
            return (await Dns.GetHostAddressesAsync(_options.Server, cancellationToken))[0].ToString();
        }
        catch (SocketException e)
        {
            throw new MySqlException((int)MySqlErrorCode.UnableToConnectToHost, null, "Unable to connect to any of the specified MySQL hosts.", e);
        }
    }
}
