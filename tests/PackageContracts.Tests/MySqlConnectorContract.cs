using System.Diagnostics;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.PackageContracts.Tests;

/// <summary>
/// What the gate's safety relies on in MySqlConnector: what ends a connect or a read that hangs, what does not, and
/// what a killed connection looks like. After an upgrade of the package, these tests show whether that still holds.
/// </summary>
public sealed class MySqlConnectorContract
{
    private static readonly TimeSpan Noise = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("accepts and says nothing")]
    [InlineData("stops within its greeting")]
    [InlineData("greets and stops")]
    [InlineData("stops at the first statement")]
    public async Task A_hanging_connect_ends_with_ConnectionTimeout_and_reports_a_timeout(string where)
    {
        using var server = new ScriptedServer(stream => ScriptedServer.StopAt(where, stream));

        var error = await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(server.Port, connectionTimeout: 1));

        Assert.Equal(MySqlErrorCode.UnableToConnectToHost, error.ErrorCode);
        Assert.Equal(
            MySqlErrorCode.CommandTimeoutExpired, Assert.IsType<MySqlException>(error.InnerException).ErrorCode);
    }

    [Fact]
    public async Task A_hanging_read_ends_with_CommandTimeout()
    {
        using var server = new ScriptedServer(stream => ScriptedServer.StopAt("stops within a row", stream));
        await using var connection = await OpenAsync(server.Port, commandTimeout: 1);

        var error = await Assert.ThrowsAsync<MySqlException>(() => ShowAsync(connection));

        Assert.Equal(MySqlErrorCode.CommandTimeoutExpired, error.ErrorCode);
        Assert.NotEqual(System.Data.ConnectionState.Open, connection.State);
    }

    /// <summary>If this fails, the probe may be simpler: a cancellation token would be enough.</summary>
    [Fact]
    public async Task A_cancellation_token_does_not_end_a_hanging_read()
    {
        using var server = new ScriptedServer(stream => ScriptedServer.StopAt("stops within a row", stream));
        var connection = await OpenAsync(server.Port);
        var cancelling = new CancellationTokenSource();

        var reading = ShowAsync(connection, cancelling.Token);
        await Task.Delay(50);
        await cancelling.CancelAsync();

        Assert.NotSame(reading, await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(500))));
        server.Dispose();
        _ = await Assert.ThrowsAnyAsync<Exception>(() => reading);
        await connection.DisposeAsync();
        cancelling.Dispose();
    }

    /// <summary>If this fails, the probe may be simpler: its connection need not be closed at the socket.</summary>
    [Fact]
    public async Task A_server_that_sends_a_row_now_and_then_outlasts_CommandTimeout()
    {
        using var server = new ScriptedServer(stream => ScriptedServer.StopAt("sends a row now and then", stream));
        // A row comes every 50 ms; a busy machine may delay one by more than a second.
        var connection = await OpenAsync(server.Port, commandTimeout: 5);

        var reading = ShowAsync(connection);

        Assert.NotSame(reading, await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(7))));
        server.Dispose();
        _ = await Assert.ThrowsAnyAsync<Exception>(() => reading);
        await connection.DisposeAsync();
    }

    [Theory]
    [InlineData("stops within a row")]
    [InlineData("sends a row now and then")]
    public async Task Shutting_the_socket_down_ends_the_read_and_the_reader_closes_at_once(string where)
    {
        using var server = new ScriptedServer(stream => ScriptedServer.StopAt(where, stream));
        var connection = await OpenAsync(server.Port);
        var reading = ShowAsync(connection);
        await Task.Delay(50);
        var started = Stopwatch.GetTimestamp();

        server.Dispose();

        _ = await Assert.ThrowsAnyAsync<Exception>(() => reading);
        await connection.DisposeAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Noise);
    }

    [Fact]
    public async Task A_killed_connection_throws_at_its_next_statement_and_is_not_open()
    {
        using var server = PlainServer.Start();
        server.Sql("CREATE USER probe@'%' IDENTIFIED BY 'secret'");
        var options = Options(server.Port);
        (options.UserID, options.Password) = ("probe", "secret");
        await using var connection = new MySqlConnection(options.ConnectionString);
        await connection.OpenAsync();

        server.Sql($"KILL {connection.ServerThread}");

        // Not always a MySqlException: a write may hit the broken pipe first.
        _ = await Assert.ThrowsAnyAsync<Exception>(() => ShowAsync(connection));
        Assert.NotEqual(System.Data.ConnectionState.Open, connection.State);
    }

    /// <remarks>A timeout that a test does not try is one that a busy machine does not reach.</remarks>
    private static MySqlConnectionStringBuilder Options(
        int port, uint connectionTimeout = 60, uint commandTimeout = 60) => new()
        {
            Server = "127.0.0.1",
            Port = (uint)port,
            UserID = "x",
            SslMode = MySqlSslMode.None,
            Pooling = false,
            CancellationTimeout = -1,
            ConnectionTimeout = connectionTimeout,
            DefaultCommandTimeout = commandTimeout,
        };

    private static async Task<MySqlConnection> OpenAsync(
        int port, uint connectionTimeout = 60, uint commandTimeout = 60)
    {
        var connection = new MySqlConnection(Options(port, connectionTimeout, commandTimeout).ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ShowAsync(MySqlConnection connection, CancellationToken cancellationToken = default)
    {
        await using var command = new MySqlCommand("SHOW SESSION STATUS", connection);
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        while (await reader.ReadAsync(cancellationToken))
        {
        }
    }
}
