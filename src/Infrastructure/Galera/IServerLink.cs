using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// A connection to the server as the connector keeps it: only a shutdown of the socket, or the connector's own
/// timeouts, end a call that hangs.
/// </summary>
internal interface IServerLink
{
    /// <summary>There is a connection from an earlier poll; the server may have ended it meanwhile.</summary>
    bool IsKept { get; }

    /// <summary>Connects if there is no connection, and asks once. Throws whatever the connector throws.</summary>
    Task<IEnumerable<KeyValuePair<string, string?>>> PollAsync();

    /// <summary>Closes the connection, if there is one.</summary>
    ValueTask DropAsync();

    /// <summary>Ends a poll that hangs, if its socket can be found; never waits.</summary>
    void ShutDown();

    /// <summary>What an exception of <see cref="PollAsync"/> means.</summary>
    ProbeError Classify(Exception exception);

    /// <summary>The same for a poll that failed for good, with the words of the server or the system.</summary>
    (ProbeError Error, string? Detail) Failure(Exception exception);
}
