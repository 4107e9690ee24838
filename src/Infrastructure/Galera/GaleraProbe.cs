using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GaleraGate.Domain.Galera;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// One kept connection, one round trip. A connection that was lost is made again within the same probe, so somebody who kills it closes no gate.
/// A probe that hangs is abandoned by closing its connection, never by KILL QUERY: on a server that hangs in SHOW STATUS, that kill has crashed it.
/// </summary>
/// <param name="mode">What the server is there for: a replica is asked how it replicates.</param>
public sealed class GaleraProbe(MySqlConnectionStringBuilder server, TimeSpan timeout, Func<ServerMode> mode) : IProbe
{
    /// <summary>An answer has a few dozen rows; whatever sends more than this many is no server to listen to.</summary>
    private const int MaxRows = 1000;

    private readonly string _connectionString = new MySqlConnectionStringBuilder(server.ConnectionString)
    {
        Pooling = false,
        CancellationTimeout = -1,
        ConnectionTimeout = 0,
        DefaultCommandTimeout = 0,
        ApplicationName = "galeragate",
    }.ConnectionString;

    private MySqlConnection? _connection;

    public async Task<Observation> ObserveAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            var kept = _connection is not null;
            try
            {
                return await PollAsync(limit.Token);
            }
            catch (Exception e) when (kept && e is not OperationCanceledException && ProbeErrorOf.Classify(e) == ProbeError.ConnectionLost)
            {
                await DropAsync();
                return await PollAsync(limit.Token);
            }
        }
        catch (Exception e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested && IsOfTheConnector(e))
        {
            await DropAsync();
            return Observation.Failed(ProbeError.Timeout);
        }
        catch (Exception e) when (e is not OperationCanceledException && IsOfTheConnector(e))
        {
            await DropAsync();
            return Observation.Failed(ProbeErrorOf.Classify(e), ProbeErrorOf.Detail(e));
        }
    }

    public async ValueTask DisposeAsync() => await DropAsync();

    /// <summary>Anything else is a bug and ends the process.</summary>
    private static bool IsOfTheConnector(Exception e) =>
        e is MySqlException or OperationCanceledException or IOException or NotSupportedException or InvalidOperationException;

    [SuppressMessage("Security", "CA2100", Justification = "the statements are constants")]
    private async Task<Observation> PollAsync(CancellationToken cancellationToken)
    {
        _connection ??= await ConnectAsync(cancellationToken);
        var rows = new List<KeyValuePair<string, string?>>();
        var isReplica = mode() == ServerMode.Replica;
        var text = isReplica ? $"{ShowStatements.Poll}; {ShowStatements.ReplicaStatus(_connection.ServerVersion)}" : ShowStatements.Poll;
        var channels = new List<IReadOnlyDictionary<string, string?>>();
        await using var command = new MySqlCommand(text, _connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var results = 0;
        do
        {
            var isOfReplica = ++results > ShowStatements.PollResults;
            while (await reader.ReadAsync(cancellationToken))
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
                    // Closed first: leaving the reader would read on to an end that never comes.
                    await DropAsync();
                    throw new IOException($"the server answers with more than {MaxRows} rows");
                }
            }
        }
        while (await reader.NextResultAsync(cancellationToken));

        return ObservedVariable.ReadAnswer(isReplica ? rows.Concat(ReplicaStatus.Variables(channels)) : rows);
    }

    /// <summary>The columns of one row, by name; those that are NULL too.</summary>
    private static Dictionary<string, string?> Columns(MySqlDataReader reader)
    {
        var columns = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < reader.FieldCount; i++)
        {
            columns[reader.GetName(i)] = Text(reader, i);
        }

        return columns;
    }

    /// <summary>A value as text, whatever its type; null for NULL. The row has been read: nothing here waits.</summary>
    private static string? Text(MySqlDataReader reader, int column) =>
        reader.GetValue(column) is var value && value is DBNull ? null : Convert.ToString(value, CultureInfo.InvariantCulture);

    private async Task<MySqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        const int UnknownSystemVariable = 1193;
        var connection = new MySqlConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new MySqlCommand(ShowStatements.AfterConnect, connection);
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (MySqlException e) when (e.Number == UnknownSystemVariable)
            {
                // A server without wsrep: the poll will say so.
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
