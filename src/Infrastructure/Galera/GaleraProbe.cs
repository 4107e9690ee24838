using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GaleraGate.Domain.Galera;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// One persistent connection, one round trip. A lost connection is re-established within the same probe, so killing it
/// closes no gate. A probe that hangs is abandoned by shutting its connection down at the socket, never by KILL QUERY:
/// on a server that hung in SHOW STATUS, KILL QUERY has caused a crash. Only one poll runs at a time: if even the
/// shutdown does not end it, the next probes wait for it and do not start another.
/// </summary>
/// <param name="timeout">To the millisecond. The connector's own timeouts are whole seconds and are only the
/// fallback.</param>
/// <param name="time">The clock for its timers; the system's if null.</param>
/// <param name="mode">The server's role: a replica is also asked for its replication status.</param>
public sealed class GaleraProbe(
    MySqlConnectionStringBuilder server,
    TimeSpan timeout,
    Func<ServerMode> mode,
    TimeProvider? time = null
) : IProbe
{
    /// <summary>An answer has a few dozen rows; a server that sends more than this is not a valid one.</summary>
    private const int MaxRows = 1000;

    /// <summary>How long an abandoned poll may take to end after its connection was shut down.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly string _connectionString = ServerConnection.Options(server, timeout + TimeSpan.FromSeconds(1));

    private sealed record Failure(ProbeError Error, string? Detail);

    private sealed record Answer(IEnumerable<KeyValuePair<string, string?>> Rows, Failure? Failure = null);

    private MySqlConnection? _connection;
    private Task<Answer> _poll = Task.FromResult(new Answer([], new Failure(ProbeError.Timeout, null)));

    public async Task<Observation> ObserveAsync(CancellationToken cancellationToken)
    {
        var until =
            TimeProvider.System.GetTimestamp() + (long)(timeout.TotalSeconds * TimeProvider.System.TimestampFrequency);
        try
        {
            if (!_poll.IsCompleted)
            {
                _ = await _poll.WaitAsync(timeout, _time, cancellationToken);
            }

            _poll = PollOrFailAsync();
            var answer = await _poll.WaitAsync(Left(until), _time, cancellationToken);
            return answer.Failure is { } failure
                ? Observation.Failed(failure.Error, failure.Detail)
                : ObservedVariable.ReadAnswer(answer.Rows);
        }
        catch (TimeoutException)
        {
            await AbandonAsync();
            return Observation.Failed(ProbeError.Timeout);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_poll.IsCompleted)
        {
            await AbandonAsync();
        }

        if (_poll.IsCompleted)
        {
            await DropAsync();
        }
    }

    private static TimeSpan Left(long until)
    {
        var left = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), until);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task AbandonAsync()
    {
        ServerSockets.ShutDown(server);
        _ = await Task.WhenAny(_poll, Task.Delay(Grace, _time));
    }

    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "the connector throws whatever a server that talks nonsense makes it stumble over")]
    private async Task<Answer> PollOrFailAsync()
    {
        try
        {
            var kept = _connection is not null;
            try
            {
                return await PollAsync();
            }
            catch (Exception e)
                when (kept && ProbeErrorOf.Classify(e) is ProbeError.ConnectionLost or ProbeError.Other)
            {
                await DropAsync();
                return await PollAsync();
            }
        }
        catch (Exception e)
        {
            await DropAsync();
            var error = ProbeErrorOf.Classify(e);
            var failure = error == ProbeError.Refused && ServerSockets.IsBacklogFull(server)
                ? new Failure(ProbeError.Timeout, null)
                : new Failure(error, ProbeErrorOf.Detail(e));
            return new Answer([], failure);
        }
    }

    [SuppressMessage("Security", "CA2100", Justification = "the statements are constants")]
    private async Task<Answer> PollAsync()
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

        return new Answer(isReplica ? rows.Concat(ReplicaStatus.Variables(channels)) : rows);
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

    private async Task DropAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
