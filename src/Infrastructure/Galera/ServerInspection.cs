using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>Facts about a server beyond what the probe reads; for doctor, not for the gate.</summary>
/// <param name="Variables">Its global variables, those that were requested and exist.</param>
/// <param name="Privileges">The account's privileges and their scope. The rest of the grants is left out, because it
/// may hold password hashes.</param>
/// <param name="Hosts">The hosts in its host cache and their connect errors since the last success; null if the account
/// may not see them.</param>
public sealed record ServerInspection(
    IReadOnlyDictionary<string, string> Variables,
    IReadOnlyList<(string Privileges, string On)> Privileges,
    IReadOnlyList<(string Host, long Errors)>? Hosts)
{
    private const string Asked =
        "'bind_address','skip_name_resolve','max_connect_errors','wsrep_notify_cmd','wsrep_sst_method','wsrep_on',"
        + "'version','port'";

    /// <exception cref="MySqlException">The server refuses or cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the server had answered.</exception>
    public static Task<ServerInspection> AskAsync(
        MySqlConnectionStringBuilder server,
        CancellationToken cancellationToken
    ) => ServerConnection.AskAsync(server, ReadAsync, cancellationToken);

    /// <summary>One status variable; null if the server has none with this name.</summary>
    /// <exception cref="MySqlException">The server refuses or cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the server had answered.</exception>
    public static Task<string?> StatusAsync(
        MySqlConnectionStringBuilder server,
        string name,
        CancellationToken cancellationToken
    ) =>
        ServerConnection.AskAsync(
            server,
            async connection => (await RowsAsync(connection, $"SHOW GLOBAL STATUS LIKE '{name}'")).FirstOrDefault()?[1],
            cancellationToken);

    private static async Task<ServerInspection> ReadAsync(MySqlConnection connection)
    {
        var variables = await RowsAsync(connection, $"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({Asked})");
        var grants = await RowsAsync(connection, "SHOW GRANTS");
        return new ServerInspection(
            variables.ToDictionary(row => row[0], row => row[1], StringComparer.OrdinalIgnoreCase),
            [.. grants.Select(row => Grant(row[0])).Where(grant => grant.Privileges.Length > 0)],
            await HostsAsync(connection));
    }

    private static async Task<IReadOnlyList<(string Host, long Errors)>?> HostsAsync(MySqlConnection connection)
    {
        try
        {
            var rows = await RowsAsync(
                connection, "SELECT COALESCE(HOST, IP), SUM_CONNECT_ERRORS FROM performance_schema.host_cache");
            return [
                .. rows.Select(row =>
                    (row[0], long.TryParse(row[1], CultureInfo.InvariantCulture, out var errors) ? errors : 0)),
            ];
        }
        catch (MySqlException)
        {
            // The account may only connect, as recommended.
            return null;
        }
    }

    /// <summary>GRANT privileges ON what TO whom …: returns the first two; for a role, its name.</summary>
    private static (string Privileges, string On) Grant(string text)
    {
        const string Begin = "GRANT ";
        var on = text.IndexOf(" ON ", StringComparison.Ordinal);
        var to = text.IndexOf(" TO ", StringComparison.Ordinal);
        return !text.StartsWith(Begin, StringComparison.Ordinal) || to < 0 ? ("", "")
            : on < 0 || on > to ? (text[Begin.Length..to], "")
            : (text[Begin.Length..on], text[(on + " ON ".Length)..to]);
    }

    [SuppressMessage("Security", "CA2100", Justification = "the statements are constants")]
    private static async Task<List<string[]>> RowsAsync(MySqlConnection connection, string statement)
    {
        const int MaxRows = 10_000;
        var rows = new List<string[]>();
        await using var command = new MySqlCommand(statement, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync() && rows.Count < MaxRows)
        {
            rows.Add([
                .. Enumerable
                    .Range(0, reader.FieldCount)
                    .Select(column => Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture) ?? ""),
            ]);
        }

        return rows;
    }
}
