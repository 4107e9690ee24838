using System.Diagnostics.CodeAnalysis;
using GaleraGate.Domain.Galera;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// One persistent connection, one round trip. A lost connection is re-established within the same probe, so killing it
/// closes no gate. A probe that hangs is abandoned by shutting its connection down at the socket, never by KILL QUERY:
/// on a server that hung in SHOW STATUS, KILL QUERY has caused a crash. Only one poll runs at a time: if even the
/// shutdown does not end it, the next probes wait for it and do not start another.
/// </summary>
public sealed class GaleraProbe : IProbe
{
    /// <summary>How long an abandoned poll may take to end after its connection was shut down.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    private readonly IServerLink _link;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    private Task<Answer> _poll = Task.FromResult(new Answer([], (ProbeError.Timeout, null)));

    /// <param name="timeout">To the millisecond. The connector's own timeouts are whole seconds and are only the
    /// fallback.</param>
    /// <param name="mode">The server's role: a replica is also asked for its replication status.</param>
    /// <param name="time">The clock for its timers; the system's if null.</param>
    public GaleraProbe(
        MySqlConnectionStringBuilder server, TimeSpan timeout, Func<ServerMode> mode, TimeProvider? time = null)
        : this(new ServerLink(server, timeout + TimeSpan.FromSeconds(1), mode), timeout, time ?? TimeProvider.System)
    {
    }

    internal GaleraProbe(IServerLink link, TimeSpan timeout, TimeProvider time) =>
        (_link, _timeout, _time) = (link, timeout, time);

    private sealed record Answer(
        IEnumerable<KeyValuePair<string, string?>> Rows, (ProbeError Error, string? Detail)? Failure = null);

    public async Task<Observation> ObserveAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        try
        {
            if (!_poll.IsCompleted)
            {
                _ = await _poll.WaitAsync(_timeout, _time, cancellationToken);
            }

            _poll = PollOrFailAsync();
            var left = _timeout - _time.GetElapsedTime(started);
            var answer = await _poll.WaitAsync(
                left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, cancellationToken);
            return answer.Failure is { } failure
                ? Observation.Failed(failure.Error, failure.Detail)
                : ObservedVariable.ReadAnswer(answer.Rows);
        }
        catch (TimeoutException)
        {
            await AbandonAsync();
            return Observation.Failed(ProbeError.Timeout);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_poll.IsCompleted)
        {
            await AbandonAsync();
        }

        if (_poll.IsCompleted)
        {
            await _link.DropAsync();
        }
    }

    private async Task AbandonAsync()
    {
        _link.ShutDown();
        _ = await Task.WhenAny(_poll, Task.Delay(Grace, _time));
    }

    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "the connector throws whatever a server that talks nonsense makes it stumble over")]
    private async Task<Answer> PollOrFailAsync()
    {
        try
        {
            var kept = _link.IsKept;
            try
            {
                return new Answer(await _link.PollAsync());
            }
            catch (Exception e) when (kept && _link.Classify(e) is ProbeError.ConnectionLost or ProbeError.Other)
            {
                await _link.DropAsync();
                return new Answer(await _link.PollAsync());
            }
        }
        catch (Exception e)
        {
            await _link.DropAsync();
            return new Answer([], _link.Failure(e));
        }
    }
}
