using System.Collections.Frozen;
using System.Globalization;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// The meaning of errors that a login or a SHOW can return, by the servers' numbers. Based on a full pass through
/// MariaDB's list (perror), and MySQL's own numbers from 3061 up to 9. An error that is not listed says nothing about
/// the node.
/// </summary>
public static class ServerErrors
{
    private const string WordBefore = "error ";

    private const string Reachable = "look at bind_address, the server's error log and whether it is being stopped";

    private static readonly FrozenDictionary<int, (ProbeError Error, string? Fix)> Rows =
        new Dictionary<int, (ProbeError Error, string? Fix)>
        {
            [1037] = (ProbeError.TooManyConnections, null), // out of memory
            [1040] = (ProbeError.TooManyConnections, null), // too many connections
            [1041] = (ProbeError.TooManyConnections, null), // out of memory
            [1042] = (ProbeError.AccessDenied, // no host name for the address
                "let the server resolve this host's address, or set skip_name_resolve and name the account's host by "
                + "address"),
            [1043] = (ProbeError.AccessDenied, // bad handshake
                "the server does not accept this login: compare TLS and the account's plugin on both sides"),
            [1044] = (ProbeError.AccessDenied, null), // no access to the database
            [1045] = (ProbeError.AccessDenied, null), // wrong user or password
            [1047] = (ProbeError.NotReady, null), // WSREP has not yet prepared node
            [1053] = (ProbeError.ConnectionLost, Reachable), // shutdown in progress
            [1077] = (ProbeError.ConnectionLost, Reachable), // normal shutdown
            [1079] = (ProbeError.ConnectionLost, Reachable), // shutdown complete
            [1080] = (ProbeError.ConnectionLost, Reachable), // forcing close of the thread
            [1129] = (ProbeError.AccessDenied, // host blocked after too many errors
                "mariadb-admin flush-hosts, or TRUNCATE performance_schema.host_cache; then find who breaks "
                + "handshakes"),
            [1130] = (ProbeError.AccessDenied, null), // host not allowed
            [1135] = (ProbeError.TooManyConnections, "raise the server's LimitNPROC or TasksMax"), // no thread left
            [1142] = (ProbeError.AccessDenied, null), // command denied on a table
            [1152] = (ProbeError.ConnectionLost, null), // aborted connection
            [1154] = (ProbeError.ConnectionLost, null), // read error on the pipe
            [1156] = (ProbeError.ConnectionLost, null), // packets out of order
            [1157] = (ProbeError.ConnectionLost, null), // cannot uncompress
            [1158] = (ProbeError.ConnectionLost, null), // read error
            [1159] = (ProbeError.ConnectionLost, null), // read timeout, of the server
            [1160] = (ProbeError.ConnectionLost, null), // write error
            [1161] = (ProbeError.ConnectionLost, null), // write timeout, of the server
            [1184] = (ProbeError.AccessDenied, // init_connect failed: the server cuts the connection
                "correct init_connect, or grant the account what it needs: SHOW GLOBAL VARIABLES LIKE "
                + "'init_connect'"),
            [1203] = (ProbeError.TooManyConnections, null), // too many connections of the user
            [1205] = (ProbeError.Timeout, null), // lock wait timeout
            [1226] = (ProbeError.TooManyConnections, "ALTER USER the probe's account WITH higher limits"),
            [1227] = (ProbeError.AccessDenied, null), // missing privilege for SHOW REPLICA STATUS
            [1251] = (ProbeError.AccessDenied, null), // the account's plugin needs a newer client
            [1275] = (ProbeError.AccessDenied, null), // password format from before 4.1
            [1524] = (ProbeError.AccessDenied, // plugin not loaded
                "INSTALL SONAME the plugin that the account names, or give the account another one"),
            [1698] = (ProbeError.AccessDenied, // no password given, but the account uses another method
                "the account may be for unix_socket: let the probe run as that user, or set a password"),
            [1820] = (ProbeError.AccessDenied, Expired), // password expired
            [1835] = (ProbeError.ConnectionLost, null), // malformed packet
            [1862] = (ProbeError.AccessDenied, Expired), // password expired, connecting
            [1873] = (ProbeError.AccessDenied, null), // change of user
            [1927] = (ProbeError.ConnectionLost, null), // connection killed
            [1960] = (ProbeError.AccessDenied, null), // the account is gone
            [1969] = (ProbeError.Timeout, "exempt the probe's account from max_statement_time"),
            [3015] = (ProbeError.TooManyConnections, null), // out of memory
            [3024] = (ProbeError.Timeout, null), // max_execution_time
            [3032] = (ProbeError.Offline, EndOffline),
            [3044] = (ProbeError.TooManyConnections, null), // out of memory
            [3118] = (ProbeError.AccessDenied, Locked), // account locked (MySQL)
            [3159] = (ProbeError.AccessDenied, // TLS is required (MySQL)
                "the server takes TLS alone: ssl-mode=REQUIRED in the credentials file"),
            [3168] = (ProbeError.ConnectionLost, Reachable), // server isn't available (MySQL)
            [3169] = (ProbeError.ConnectionLost, null), // session killed (MySQL)
            [3955] = (ProbeError.AccessDenied, Locked), // too many failed logins (MySQL)
            [4031] = (ProbeError.ConnectionLost, null), // disconnected for inactivity (MySQL)
            [4150] = (ProbeError.AccessDenied, Locked), // too many failed logins (MariaDB)
            [4151] = (ProbeError.AccessDenied, Locked), // account locked (MariaDB)
            [6400] = (ProbeError.Offline, EndOffline), // offline mode, with the reason (MySQL 9)
            [6401] = (ProbeError.Offline, EndOffline), // offline mode, with the user who set it (MySQL 9)
        }.ToFrozenDictionary();

    private const string Expired = "ALTER USER the probe's account PASSWORD EXPIRE NEVER, and set a new password";

    private const string EndOffline = "SET GLOBAL offline_mode=OFF, when the work that it was set for is done";

    private const string Locked = "ALTER USER the probe's account ACCOUNT UNLOCK, and find who fails to log in as it";

    /// <summary>Every number that has a meaning here.</summary>
    public static IEnumerable<int> Known => Rows.Keys;

    public static ProbeError Meaning(int number) =>
        Rows.TryGetValue(number, out var row) ? row.Error : ProbeError.Other;

    /// <summary>The server's error number and message in the form shown to people.</summary>
    public static string Words(int number, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{WordBefore}{number}: {text}");

    /// <summary>How to fix an error shown in that form; null if no fix is known.</summary>
    public static string? Fix(string? words) =>
        words is not null
        && words.StartsWith(WordBefore, StringComparison.Ordinal)
        && words.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
        && int.TryParse(
            words[WordBefore.Length..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && Rows.TryGetValue(number, out var row)
            ? row.Fix
            : null;
}
