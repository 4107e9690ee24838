namespace GaleraGate.Domain.Galera;

/// <summary>
/// Makes three variables of the rows of SHOW REPLICA STATUS, one row a channel: how many there are, whether all of them run, and the largest lag.
/// A lag that one channel does not know is not known: NULL is not zero.
/// </summary>
public static class ReplicaStatus
{
    public const string Channels = "replica_channels";
    public const string Running = "replica_running";
    public const string Lag = "replica_lag";

    private static readonly string[] Threads = ["Replica_IO_Running", "Replica_SQL_Running"];

    /// <param name="rows">Each channel's columns, by name in whatever words the server has for them.</param>
    public static IEnumerable<KeyValuePair<string, string?>> Variables(IReadOnlyList<IReadOnlyDictionary<string, string?>> rows)
    {
        var channels = rows.Select(row => row.ToDictionary(column => InNewWords(column.Key), column => column.Value, StringComparer.OrdinalIgnoreCase)).ToList();
        var lags = channels.Select(channel => Reading.Digits(channel.GetValueOrDefault("Seconds_Behind_Source"))).ToList();
        return
        [
            new(Channels, $"{channels.Count}"),
            new(Running, channels.Count > 0 && channels.All(channel => Threads.All(thread => Reading.Same(channel.GetValueOrDefault(thread), "Yes"))) ? "ON" : "OFF"),
            new(Lag, lags.Count > 0 && lags.All(lag => lag.IsReadable) ? $"{lags.Max(lag => lag.Value)}" : null),
        ];
    }

    /// <summary>MySQL 8.0.22 renamed the columns; MariaDB and older servers have the old names.</summary>
    private static string InNewWords(string column) =>
        column.Replace("Slave_", "Replica_", StringComparison.OrdinalIgnoreCase).Replace("_Master", "_Source", StringComparison.OrdinalIgnoreCase);
}
