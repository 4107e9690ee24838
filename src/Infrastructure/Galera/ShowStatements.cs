using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// The text of the poll. Only SHOW answers in every state of the node and needs no privilege (except for the replica
/// status). SESSION STATUS is used because GLOBAL first walks every connection under a lock; the values read here are
/// the same.
/// </summary>
public static class ShowStatements
{
    /// <summary>
    /// Session settings, one statement each, because servers differ in which ones they know. A poll uses no index, so
    /// with log_queries_not_using_indexes each poll would be logged as a slow query. MariaDB lets a session switch that
    /// off, and no server logs a statement that examines too few rows. If sync_wait applied to SHOW, the status would
    /// wait for flow control.
    /// </summary>
    public static IReadOnlyList<string> AfterConnect { get; } =
    [
        "SET SESSION /*M!100100 slow_query_log=0, */ min_examined_row_limit=4294967295",
        "SET SESSION long_query_time=31536000",
        "SET SESSION wsrep_sync_wait=0",
    ];

    /// <summary>
    /// All channels of a server. MySQL accepts the new wording since 8.0.22 and nothing else since 8.4; in MariaDB both
    /// wordings show only the default connection. MariaDB may be configured to hide its name and claim any version, so
    /// the version does not decide: /*M! comments are executed only by MariaDB, and /*!50700 comments only by MySQL.
    /// </summary>
    /// <param name="serverVersion">As the server names it in its greeting.</param>
    public static string ReplicaStatus(string serverVersion)
    {
        const string AllOfMariaDb = "SHOW ALL SLAVES STATUS";
        var renamed = new Version(8, 0, 22);
        var hasComments = new Version(5, 7);
        // MariaDB before 11.0 puts this before any version, because old replicas would otherwise refuse it.
        const string MariaDbGreets = "5.5.5-";
        return serverVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase)
            || serverVersion.StartsWith(MariaDbGreets, StringComparison.Ordinal)
                ? AllOfMariaDb
            : !Version.TryParse(serverVersion.Split('-', '+')[0], out var version) || version >= renamed
                ? "SHOW /*M!100000 ALL SLAVES */ /*!80022 REPLICA */ STATUS"
            : version >= hasComments ? "SHOW /*M!100000 ALL SLAVES */ /*!50700 SLAVE */ STATUS"
            : "SHOW SLAVE STATUS";
    }

    public static string Poll { get; } =
        $"SHOW SESSION STATUS WHERE Variable_name IN ({Names(VariableSource.Status)}); " +
        $"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({Names(VariableSource.System)})";

    /// <summary>How many results the poll has before that of the replica status.</summary>
    public const int PollResults = 2;

    private static string Names(VariableSource source) =>
        string.Join(", ", ObservedVariable.All.Where(row => row.Source == source).Select(row => $"'{row.Name}'"));
}
