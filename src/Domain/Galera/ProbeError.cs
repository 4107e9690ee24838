namespace GaleraGate.Domain.Galera;

/// <summary>Why a probe got no answer.</summary>
public enum ProbeError
{
    /// <summary>It got one.</summary>
    None,

    /// <summary>Nothing is listening: connection refused, no socket file, no route, unknown host.</summary>
    Refused,

    /// <summary>No answer within the probe timeout.</summary>
    Timeout,

    /// <summary>
    /// The server rejects the probe's credentials or host, init_connect fails for the account, or TLS fails.
    /// </summary>
    AccessDenied,

    /// <summary>No connection is available for the probe, or the server lacks the memory or a thread for one.</summary>
    TooManyConnections,

    /// <summary>The node is not ready for use (1047).</summary>
    NotReady,

    /// <summary>The connection broke and could not be re-established.</summary>
    ConnectionLost,

    /// <summary>offline_mode is on: the server refuses all users but administrators.</summary>
    Offline,

    /// <summary>
    /// The server answers with an error unrelated to the node's state; its number and message are kept.
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

    /// <summary>The names used in captures and events, in the order of the enum.</summary>
    public static IEnumerable<string> All => Names.Select(row => row.Name);

    public static string Name(this ProbeError error) => Names.First(row => row.Error == error).Name;

    /// <summary>The error with this name; null if the name is unknown.</summary>
    public static ProbeError? Parse(string name) =>
        Names.Where(row => row.Name == name).Select(row => (ProbeError?)row.Error).FirstOrDefault();
}
