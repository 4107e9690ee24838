using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GaleraGate.Domain.Galera;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>The connection that a probe keeps, through the connector.</summary>
/// <param name="limit">The connector's own timeouts, in whole seconds.</param>
/// <param name="mode">The server's role: a replica is also asked for its replication status.</param>
internal sealed class ServerLink(MySqlConnectionStringBuilder server, TimeSpan limit, Func<ServerMode> mode)
    : IServerLink
{
    /// <summary>An answer has a few dozen rows; a server that sends more than this is not a valid one.</summary>
    private const int MaxRows = 1000;

    private readonly string _connectionString = ServerConnection.Options(server, limit);
    private MySqlConnection? _connection;

    public bool IsKept => _connection is not null;

    [SuppressMessage("Security", "CA2100", Justification = "the statements are constants")]
    public async Task<IEnumerable<KeyValuePair<string, string?>>> PollAsync()
    {
        _connection ??= await ConnectAsync();
        var rows = new List<KeyValuePair<string, string?>>();
        var isReplica = mode() == ServerMode.Replica;
        var text = isReplica
            ? $"{ShowStatements.Poll}; {ShowStatements.ReplicaStatus(_connection.ServerVersion)}"
            : ShowStatements.Poll;
        var channels = new List<IReadOnlyDictionary<string, string?>>();
        await using var command = new MySqlCommand(text, _connection);
        await using var reader = await command.ExecuteReaderAsync();
        var results = 0;
        do
        {
            var isOfReplica = ++results > ShowStatements.PollResults;
            while (await reader.ReadAsync())
            {
                if (isOfReplica)
                {
                    channels.Add(Columns(reader));
                }
                else
                {
                    rows.Add(KeyValuePair.Create(reader.GetString(0), Text(reader, 1)));
                }

                if (rows.Count + channels.Count > MaxRows)
                {
                    // Shut the connection down first: closing the reader would wait for an end that never comes.
                    ServerSockets.ShutDown(server);
                    throw new IOException($"the server answers with more than {MaxRows} rows");
                }
            }
        }
        while (await reader.NextResultAsync());

        return isReplica ? rows.Concat(ReplicaStatus.Variables(channels)) : rows;
    }

    public async ValueTask DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    public void ShutDown() => ServerSockets.ShutDown(server);

    public ProbeError Classify(Exception exception) => ProbeErrorOf.Classify(exception);

    public (ProbeError Error, string? Detail) Failure(Exception exception)
    {
        var error = ProbeErrorOf.Classify(exception);
        return error == ProbeError.Refused && ServerSockets.IsBacklogFull(server)
            ? (ProbeError.Timeout, null)
            : (error, ProbeErrorOf.Detail(exception));
    }

    /// <summary>The columns of one row, by name, including those that are NULL.</summary>
    private static Dictionary<string, string?> Columns(MySqlDataReader reader)
    {
        var columns = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            columns[reader.GetName(i)] = Text(reader, i);
        }

        return columns;
    }

    /// <summary>
    /// A value as text, whatever its type; null for NULL. The row has been read already, so this never waits.
    /// </summary>
    private static string? Text(MySqlDataReader reader, int column) =>
        reader.GetValue(column) is var value && value is DBNull
            ? null
            : Convert.ToString(value, CultureInfo.InvariantCulture);

    private async Task<MySqlConnection> ConnectAsync()
    {
        var connection = ServerTls.Connection(_connectionString);
        try
        {
            await connection.OpenAsync();
            foreach (var statement in ShowStatements.AfterConnect)
            {
                await SetAsync(connection, statement);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    [SuppressMessage("Security", "CA2100", Justification = "the statements are constants")]
    private static async Task SetAsync(MySqlConnection connection, string statement)
    {
        const int PrivilegeIsMissing = 1227;
        await using var command = new MySqlCommand(statement, connection);
        try
        {
            await command.ExecuteNonQueryAsync();
        }
        catch (MySqlException e)
            when (e.Number == PrivilegeIsMissing || ProbeErrorOf.Classify(e) == ProbeError.Other)
        {
            // The server does not know the variable or does not let the account set it. The poll shows whether wsrep is
            // available.
        }
    }
}
