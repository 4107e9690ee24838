using System.Security.Authentication;
using GaleraGate.Domain.Galera;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>Maps an exception of the connector to a probe error.</summary>
internal static class ProbeErrorOf
{
    /// <summary>
    /// The connector wraps whatever ended a connect in its own "unable to connect"; the inner exception has the cause.
    /// Only errors sent by the server have an SQL state: the connector's own errors reuse the server's numbers.
    /// </summary>
    public static ProbeError Classify(Exception exception) => exception switch
    {
        AuthenticationException or NotSupportedException or { InnerException: AuthenticationException } =>
            ProbeError.AccessDenied,
        OperationCanceledException or MySqlException { ErrorCode: MySqlErrorCode.CommandTimeoutExpired } =>
            ProbeError.Timeout,
        MySqlException { InnerException: MySqlException inner } => Classify(inner),
        MySqlException { SqlState: not null } e => ServerErrors.Meaning(e.Number),
        MySqlException { ErrorCode: MySqlErrorCode.UnableToConnectToHost } e
            when OfTheLogin.Any(e.Message.Contains) => ProbeError.AccessDenied,
        MySqlException { ErrorCode: MySqlErrorCode.UnableToConnectToHost, InnerException: EndOfStreamException } =>
            ProbeError.ConnectionLost,
        // "Failed to read the result set", because the connection ended; without an inner exception the socket does not
        // exist.
        MySqlException { ErrorCode: MySqlErrorCode.None, InnerException: not null } => ProbeError.ConnectionLost,
        MySqlException { ErrorCode: MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.None } =>
            ProbeError.Refused,
        _ => ProbeError.ConnectionLost,
    };

    /// <summary>
    /// The connector's messages for a login that it abandons itself. They have the error number of an unreachable host.
    /// </summary>
    private static readonly string[] OfTheLogin =
    [
        "Server does not support SSL",
        "Authentication method",
        "RSA public key",
    ];

    /// <summary>
    /// Authentication methods of MariaDB that the connector leaves to a separate package; its message would advise
    /// installing that.
    /// </summary>
    private static readonly string[] Missing = ["client_ed25519", "parsec"];

    /// <summary>
    /// The message of the server or the system, made fit for a log: one line, no control characters, limited length.
    /// </summary>
    public static string Detail(Exception exception)
    {
        var text = exception switch
        {
            NotSupportedException when Missing.FirstOrDefault(exception.Message.Contains) is { } method =>
                $"the account authenticates with {method}, which galeragate does not support: use "
                + "mysql_native_password, "
                + "caching_sha2_password or unix_socket",
            OperationCanceledException => "no answer in time",
            MySqlException { InnerException: MySqlException inner } => Detail(inner),
            MySqlException { SqlState: not null } e => ServerErrors.Words(e.Number, e.Message),
            { InnerException: AuthenticationException inner } => $"{exception.Message}: {inner.Message}",
            _ => exception.Message,
        };
        var clean = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return clean.Length <= ObservedVariable.MaxValueLength ? clean : clean[..ObservedVariable.MaxValueLength] + "…";
    }
}
