namespace GaleraGate.Domain.Galera;

/// <summary>
/// Makes three variables of the rows of SHOW REPLICA STATUS, one row a channel: how many there are, whether all of them
/// run, and the largest lag. A lag that one channel does not know is not known: NULL is not zero.
/// </summary>
public static class ReplicaStatus
{
    public const string Channels = "replica_channels";
    public const string Running = "replica_running";
    public const string Lag = "replica_lag";

    /// <summary>MySQL 8.0.22 renamed the columns; MariaDB and older servers have the old names.</summary>
    private static readonly (string New, string Old)[] Threads =
    [
        ("Replica_IO_Running", "Slave_IO_Running"),
        ("Replica_SQL_Running", "Slave_SQL_Running"),
    ];

    private static readonly (string New, string Old) Behind = ("Seconds_Behind_Source", "Seconds_Behind_Master");

    /// <param name="channels">Each channel's columns, by name in whatever words the server has for them.</param>
    public static IEnumerable<KeyValuePair<string, string?>> Variables(
        IReadOnlyList<IReadOnlyDictionary<string, string?>> channels)
    {
        var run = channels.Count > 0 && channels.All(Runs);
        var lags = channels.Select(channel => Reading.Digits(Value(channel, Behind))).ToList();
        return
        [
            new(Channels, $"{channels.Count}"),
            new(Running, run ? "ON" : "OFF"),
            new(Lag, lags.Count > 0 && lags.All(lag => lag.IsReadable) ? $"{lags.Max(lag => lag.Value)}" : null),
        ];
    }

    private static bool Runs(IReadOnlyDictionary<string, string?> channel) =>
        Threads.All(thread => Reading.Same(Value(channel, thread), "Yes"));

    private static string? Value(IReadOnlyDictionary<string, string?> channel, (string New, string Old) column) =>
        channel.TryGetValue(column.New, out var value) || channel.TryGetValue(column.Old, out value) ? value : null;
}
