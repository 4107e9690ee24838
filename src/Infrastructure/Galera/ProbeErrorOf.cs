using System.Collections.Frozen;
using System.Security.Authentication;
using GaleraGate.Domain.Galera;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>Which error an exception of the connector is.</summary>
internal static class ProbeErrorOf
{
    private static readonly FrozenDictionary<int, ProbeError> ByNumber = new Dictionary<int, ProbeError>
    {
        [1044] = ProbeError.AccessDenied, // to the database
        [1045] = ProbeError.AccessDenied, // user or password
        [1129] = ProbeError.AccessDenied, // host blocked after too many errors
        [1130] = ProbeError.AccessDenied, // host not allowed
        [1227] = ProbeError.AccessDenied, // a privilege is missing: of SHOW REPLICA STATUS
        [1698] = ProbeError.AccessDenied, // no password given where the account authenticates otherwise
        [1820] = ProbeError.AccessDenied, // password expired
        [1862] = ProbeError.AccessDenied, // password expired, connecting
        [3118] = ProbeError.AccessDenied, // account locked (MySQL)
        [4151] = ProbeError.AccessDenied, // account locked (MariaDB)
        [1040] = ProbeError.TooManyConnections, // of the server
        [1203] = ProbeError.TooManyConnections, // of the user
        [1226] = ProbeError.TooManyConnections, // of the user's resources
        [1047] = ProbeError.NotReady, // WSREP has not yet prepared node
        [(int)MySqlErrorCode.UnableToConnectToHost] = ProbeError.Refused, // the connector's own
        [(int)MySqlErrorCode.None] = ProbeError.Refused, // the connector's own: the socket is not there
    }.ToFrozenDictionary();

    /// <summary>
    /// The connector wraps what ended a connect into its own "unable to connect"; what is inside says why.
    /// </summary>
    public static ProbeError Classify(Exception exception) => exception switch
    {
        AuthenticationException or NotSupportedException or { InnerException: AuthenticationException } =>
            ProbeError.AccessDenied,
        OperationCanceledException or MySqlException { ErrorCode: MySqlErrorCode.CommandTimeoutExpired } =>
            ProbeError.Timeout,
        MySqlException { InnerException: MySqlException inner } => Classify(inner),
        MySqlException { ErrorCode: MySqlErrorCode.UnableToConnectToHost } e
            when OfTheLogin.Any(e.Message.Contains) => ProbeError.AccessDenied,
        MySqlException { ErrorCode: MySqlErrorCode.UnableToConnectToHost, InnerException: EndOfStreamException } =>
            ProbeError.ConnectionLost,
        // "Failed to read the result set", because the connection ended; without a cause the socket is not there.
        MySqlException { ErrorCode: MySqlErrorCode.None, InnerException: not null } => ProbeError.ConnectionLost,
        MySqlException e => ByNumber.GetValueOrDefault(e.Number, ProbeError.ConnectionLost),
        _ => ProbeError.ConnectionLost,
    };

    /// <summary>
    /// In the connector's words for a login that it gives up itself: they have the number of a host that cannot be
    /// reached.
    /// </summary>
    private static readonly string[] OfTheLogin =
    [
        "Server does not support SSL",
        "Authentication method",
        "RSA public key",
    ];

    /// <summary>
    /// Methods of MariaDB that the connector leaves to a package of its own; its words would advise to install that.
    /// </summary>
    private static readonly string[] Missing = ["client_ed25519", "parsec"];

    /// <summary>What the server or the system said, fit for a log: one line, no control characters, not long.</summary>
    public static string Detail(Exception exception)
    {
        var text = exception switch
        {
            NotSupportedException when Missing.FirstOrDefault(exception.Message.Contains) is { } method =>
                $"the account authenticates with {method}, which galeragate does not support: use "
                + "mysql_native_password, "
                + "caching_sha2_password or unix_socket",
            OperationCanceledException => "no answer in time",
            { InnerException: AuthenticationException inner } => $"{exception.Message}: {inner.Message}",
            _ => exception.Message,
        };
        var clean = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return clean.Length <= ObservedVariable.MaxValueLength ? clean : clean[..ObservedVariable.MaxValueLength] + "…";
    }
}
