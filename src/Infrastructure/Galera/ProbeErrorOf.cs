using System.Collections.Frozen;
using System.Net.Sockets;
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
        [1042] = ProbeError.Refused, // the connector's own: unable to connect
    }.ToFrozenDictionary();

    public static ProbeError Classify(Exception exception) => exception switch
    {
        { InnerException: AuthenticationException } or NotSupportedException => ProbeError.AccessDenied,
        MySqlException e => ByNumber.GetValueOrDefault(e.Number, ProbeError.ConnectionLost),
        _ => ProbeError.ConnectionLost,
    };

    /// <summary>What the server or the system said, fit for a log: one line, no control characters, not long.</summary>
    public static string Detail(Exception exception)
    {
        var text = exception.InnerException switch
        {
            AuthenticationException inner => $"{exception.Message}: {inner.Message}",
            // The runtime's word for a path that is not there.
            SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "there is no such socket",
            _ => exception.Message,
        };
        var clean = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return clean.Length <= ObservedVariable.MaxValueLength ? clean : clean[..ObservedVariable.MaxValueLength] + "…";
    }
}
