namespace GaleraGate.Domain.Galera;

/// <summary>Why a probe brought no answer.</summary>
public enum ProbeError
{
    /// <summary>It brought one.</summary>
    None,

    /// <summary>Nothing listens: connection refused, no socket file, no route, no such host.</summary>
    Refused,

    /// <summary>No answer within the probe timeout.</summary>
    Timeout,

    /// <summary>
    /// The server refuses the probe's credentials or host, its init_connect fails for the account, or TLS fails.
    /// </summary>
    AccessDenied,

    /// <summary>No connection is left for the probe, or nothing to make one of: memory, a thread.</summary>
    TooManyConnections,

    /// <summary>The node has not prepared itself for use (1047).</summary>
    NotReady,

    /// <summary>The connection broke and could not be made again.</summary>
    ConnectionLost,

    /// <summary>offline_mode is on: the server refuses everybody but administrators.</summary>
    Offline,

    /// <summary>
    /// The server answers with an error that says nothing about the node; its number and words are kept.
    /// </summary>
    Other,
}

public static class ProbeErrors
{
    private static readonly (ProbeError Error, string Name)[] Names =
    [
        (ProbeError.Refused, "refused"),
        (ProbeError.Timeout, "timeout"),
        (ProbeError.AccessDenied, "access-denied"),
        (ProbeError.TooManyConnections, "too-many-connections"),
        (ProbeError.NotReady, "not-ready"),
        (ProbeError.ConnectionLost, "connection-lost"),
        (ProbeError.Offline, "offline"),
        (ProbeError.Other, "other"),
    ];

    /// <summary>The names that captures and events use, in the order of the enum.</summary>
    public static IEnumerable<string> All => Names.Select(row => row.Name);

    public static string Name(this ProbeError error) => Names.First(row => row.Error == error).Name;

    /// <summary>The error of a name; null for a name that is none.</summary>
    public static ProbeError? Parse(string name) =>
        Names.Where(row => row.Name == name).Select(row => (ProbeError?)row.Error).FirstOrDefault();
}
