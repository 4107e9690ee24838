namespace GaleraGate.Domain.Galera;

/// <summary>What one poll saw: every variable with its own type, or an error.</summary>
public sealed record Observation
{
    public ProbeError Error { get; init; }

    /// <summary>The server's or the system's error message, for people; never judged.</summary>
    public string? ErrorDetail { get; init; }

    /// <summary>The name of a variable that appeared twice with different values.</summary>
    public string? Contradiction { get; init; }

    public Reading<ulong> LocalState { get; init; }

    public string? LocalStateComment { get; init; }

    public string? ClusterStatus { get; init; }

    public Reading<bool> Ready { get; init; }

    public Reading<bool> Connected { get; init; }

    public Reading<bool> WsrepOn { get; init; }

    public Reading<bool> ReadOnly { get; init; }

    public Reading<bool> SuperReadOnly { get; init; }

    /// <summary>MySQL only; an account with administrator privileges is still answered.</summary>
    public Reading<bool> OfflineMode { get; init; }

    public string? SstMethod { get; init; }

    public Reading<bool> Desync { get; init; }

    public string? RejectQueries { get; init; }

    public Reading<bool> DonorRejectsQueries { get; init; }

    public string? MaintenanceMode { get; init; }

    /// <summary>Write sets received and not yet applied.</summary>
    public Reading<ulong> ReceiveQueue { get; init; }

    /// <summary>
    /// The fraction of time, 0 to 1, that flow control has paused replication since the status was last flushed.
    /// </summary>
    public Reading<double> FlowControlPaused { get; init; }

    /// <summary>
    /// The view's number, wsrep_cluster_conf_id; 18446744073709551615 while there is no primary component.
    /// </summary>
    public Reading<ulong> View { get; init; }

    public Reading<ulong> ClusterSize { get; init; }

    public string? ClusterUuid { get; init; }

    /// <summary>The seqno of the last transaction committed here, wsrep_last_committed.</summary>
    public Reading<ulong> Committed { get; init; }

    public Reading<ulong> DesyncCount { get; init; }

    /// <summary>
    /// The provider's own uuid, as the server prints it; a different one means that the provider restarted.
    /// </summary>
    public string? ProviderUuid { get; init; }

    /// <summary>Seconds since the server started.</summary>
    public Reading<ulong> Uptime { get; init; }

    public string? Version { get; init; }

    public string? VersionComment { get; init; }

    /// <summary>How many channels the server replicates from; missing if it was not asked.</summary>
    public Reading<ulong> ReplicaChannels { get; init; }

    /// <summary>True while every thread of every channel runs.</summary>
    public Reading<bool> ReplicaRunning { get; init; }

    /// <summary>Lag in seconds of the channel that lags most; missing if any channel does not report its lag.</summary>
    public Reading<ulong> ReplicaLag { get; init; }

    /// <summary>
    /// True while every channel has lost its source and is trying to reconnect: the I/O thread is connecting, the SQL
    /// thread runs.
    /// </summary>
    public Reading<bool> ReplicaConnecting { get; init; }

    /// <summary>
    /// The state of the cluster's other gates, as defined in <see cref="Elsewhere"/>; missing if they were not checked.
    /// </summary>
    public string? OtherGates { get; init; }

    public static Observation Failed(ProbeError error, string? detail = null) =>
        new() { Error = error, ErrorDetail = detail };

    /// <summary>The server answered; if not, <see cref="Error"/> gives the reason.</summary>
    public bool HasAnswer => Error == ProbeError.None;

    /// <summary>The node state that this observation shows.</summary>
    public NodeState NodeState => Error switch
    {
        ProbeError.Refused or ProbeError.ConnectionLost => NodeState.Unreachable,
        ProbeError.None when SaysInconsistent => NodeState.Inconsistent,
        ProbeError.None when LocalState is { IsReadable: true, Value: <= 5 } => (NodeState)LocalState.Value.Value,
        _ => NodeState.Unknown,
    };

    /// <summary>
    /// True if the state comment is Inconsistent, whatever the state number. Old builds append a number to the comment,
    /// so it is read up to ':' or ' ('.
    /// </summary>
    public bool SaysInconsistent
    {
        get
        {
            var comment = LocalStateComment ?? "";
            var end = comment.IndexOf(':', StringComparison.Ordinal);
            end = end < 0 ? comment.IndexOf(" (", StringComparison.Ordinal) : end;
            return Reading.Same(end < 0 ? comment : comment[..end], "Inconsistent");
        }
    }

    /// <summary>
    /// True if a reader of the journal should know about the difference: the error, a judged variable, the view or its
    /// members differ.
    /// </summary>
    public bool DiffersFrom(Observation? earlier) =>
        earlier is null
        || Error != earlier.Error
        || Contradiction != earlier.Contradiction
        || ObservedVariable.All
            .Where(row => row.Recorded == Recorded.WhenItChanges)
            .Any(row => row.Read(this) != row.Read(earlier));

    /// <summary>True if the server has been up for less time than in the earlier observation.</summary>
    public bool IsYoungerThan(Observation? earlier) =>
        Uptime.IsReadable && earlier is { Uptime.IsReadable: true } && Uptime.Value < earlier.Uptime.Value;

    /// <summary>
    /// True if the server has started within this time, to the second by which its uptime may be rounded. A server that
    /// was ended young, and took long to start again, is older than before, and the provider may keep its uuid.
    /// </summary>
    public bool IsYoungerThan(TimeSpan? time) => time is { } some && Uptime.Value <= some.TotalSeconds + 1;

    /// <summary>
    /// The provider's uuid if it has one; null while it is disconnected, when it prints zeros, an empty text, or none.
    /// </summary>
    public string? NamedProvider =>
        ProviderUuid is { Length: > 0 } uuid && uuid.Any(c => c is not ('0' or '-')) ? uuid : null;
}
