namespace GaleraGate.Domain.Galera;

/// <summary>
/// Computes variables from the rows of SHOW REPLICA STATUS, one row for each channel: the number of channels, whether
/// all of them run, the largest lag, and whether all of them have lost their source. If one channel does not report its
/// lag, the lag is unknown: NULL is not zero.
/// </summary>
public static class ReplicaStatus
{
    public const string Channels = "replica_channels";
    public const string Running = "replica_running";
    public const string Lag = "replica_lag";
    public const string Connecting = "replica_connecting";

    /// <summary>MySQL 8.0.22 renamed the columns; MariaDB and older servers have the old names.</summary>
    private static readonly (string New, string Old) Receiver = ("Replica_IO_Running", "Slave_IO_Running");

    private static readonly (string New, string Old) Applier = ("Replica_SQL_Running", "Slave_SQL_Running");

    private static readonly (string New, string Old) Behind = ("Seconds_Behind_Source", "Seconds_Behind_Master");

    /// <param name="channels">Each channel's columns, by name, with the old or the new column names.</param>
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
            // Omitted when false, so the journal of a replica that never lost its source looks as it did in older
            // versions.
            new(Connecting, channels.Count > 0 && channels.All(HasLostItsSource) ? "ON" : null),
        ];
    }

    private static bool Runs(IReadOnlyDictionary<string, string?> channel) =>
        Reading.Same(Value(channel, Receiver), "Yes") && Reading.Same(Value(channel, Applier), "Yes");

    private static bool HasLostItsSource(IReadOnlyDictionary<string, string?> channel) =>
        Reading.Same(Value(channel, Receiver), "Connecting")
        && Reading.Same(Value(channel, Applier), "Yes")
        && Value(channel, Behind) is null;

    private static string? Value(IReadOnlyDictionary<string, string?> channel, (string New, string Old) column) =>
        channel.TryGetValue(column.New, out var value) || channel.TryGetValue(column.Old, out value) ? value : null;
}
