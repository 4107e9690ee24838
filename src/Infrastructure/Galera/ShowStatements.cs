using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// The text of the poll. SHOW alone answers in every state of the node and needs no privilege (but for the replica's
/// status). SESSION STATUS, because GLOBAL walks every connection under a lock first; the values asked for are the
/// same.
/// </summary>
public static class ShowStatements
{
    /// <summary>
    /// What a session may choose for itself, one statement each, because servers differ in what they know. A poll uses
    /// no index, so with log_queries_not_using_indexes each would be a line of the slow log: MariaDB lets a session
    /// switch that off, and to every server a statement that examines too few rows is not slow. With sync_wait covering
    /// SHOW, status would wait for flow control.
    /// </summary>
    public static IReadOnlyList<string> AfterConnect { get; } =
    [
        "SET SESSION /*M!100100 slow_query_log=0, */ min_examined_row_limit=4294967295",
        "SET SESSION long_query_time=31536000",
        "SET SESSION wsrep_sync_wait=0",
    ];

    /// <summary>
    /// All channels of a server. MySQL has had the new words since 8.0.22 and since 8.4 no others; of MariaDB, both are
    /// the default connection alone. A
    /// MariaDB may be configured to hide its name and to claim any version, so that is not what decides: comments of
    /// the form /*M! are statements to
    /// MariaDB alone, and those from /*!50700 on to MySQL alone.
    /// </summary>
    /// <param name="serverVersion">As the server names it in its greeting.</param>
    public static string ReplicaStatus(string serverVersion)
    {
        const string AllOfMariaDb = "SHOW ALL SLAVES STATUS";
        var renamed = new Version(8, 0, 22);
        var hasComments = new Version(5, 7);
        // What MariaDB before 11.0 puts before its version, whatever that is: without it, replicas of old would not
        // talk to it.
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

    /// <summary>How many results the poll has before that of the replica's status.</summary>
    public const int PollResults = 2;

    private static string Names(VariableSource source) =>
        string.Join(", ", ObservedVariable.All.Where(row => row.Source == source).Select(row => $"'{row.Name}'"));
}
