using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// A connection to a simulated server with the rules of the real connector: no token ends a call that hangs. It ends
/// when the server goes on, when its socket is shut down, or at the connector's own limit, in whole seconds. A connect
/// may hang as well as a statement. A server that restarts, or ends its connections, ends the one that was kept.
/// </summary>
internal sealed class SimulatedLink(SimulatedServer server, TimeProvider time, Random random, Random rare) : IServerLink
{
    /// <summary>How many connections a server that accepts none holds for later.</summary>
    private const int Backlog = 80;

    /// <summary>One in so many searches for the socket finds none: no descriptor is left for it.</summary>
    private const int Misses = 4;

    private static readonly TimeSpan OwnLimit = SimulatedServer.ProbeTimeout + TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private (int Process, int Connections)? _life;
    private int _waiting;
    private int _shutDowns;

    /// <summary>Polls that hang now; there is never more than one.</summary>
    public int Hanging { get; private set; }

    public bool IsKept => _life is not null;

    public async Task<IEnumerable<KeyValuePair<string, string?>>> PollAsync()
    {
        if (_life is null)
        {
            await Task.Delay(TimeSpan.FromMicroseconds(rare.Next(100, 1500)), time);
            _life = await ConnectAsync();
        }

        var life = _life.Value;
        await Task.Delay(TimeSpan.FromMicroseconds(random.Next(300, 4000)), time);
        // It froze before it read the statement, or within its answer.
        var before = rare.Next(2) == 0 ? null : server.Rows;
        var hung = await HangAsync(isConnect: false, life);
        return hung && before is not null ? before : server.Rows;
    }

    public ValueTask DropAsync()
    {
        _life = null;
        return ValueTask.CompletedTask;
    }

    public void ShutDown() => _shutDowns += rare.Next(Misses) == 0 ? 0 : 1;

    public ProbeError Classify(Exception exception) => 
        exception is LinkException failed ? failed.Error : throw new BrokenInvariantException(exception.Message);

    public (ProbeError Error, string? Detail) Failure(Exception exception) => (Classify(exception), null);

    /// <summary>The life of the server that accepted.</summary>
    private async Task<(int Process, int Connections)> ConnectAsync()
    {
        _waiting = server.IsFrozen && !server.Greets ? _waiting + 1 : 0;
        if (_waiting > Backlog)
        {
            // The connector cannot tell this from a refusal; the probe looks which it is.
            throw new LinkException(ProbeError.Timeout);
        }

        var life = server.Life;
        _ = await HangAsync(isConnect: true, life);
        return life;
    }

    /// <summary>Waits for the server to go on; whether that took any time.</summary>
    private async Task<bool> HangAsync(bool isConnect, (int Process, int Connections) life)
    {
        var (started, shutDowns, hung) = (time.GetTimestamp(), _shutDowns, false);
        Hanging++;
        World.Must(Hanging == 1, $"n{server.Number}: {Hanging} polls run at once");
        try
        {
            while (true)
            {
                if (!server.Accepts || server.Life != life)
                {
                    throw new LinkException(isConnect ? ProbeError.Refused : ProbeError.ConnectionLost);
                }

                if (_shutDowns != shutDowns)
                {
                    throw new LinkException(ProbeError.ConnectionLost);
                }

                if (!server.IsFrozen || (isConnect && server.Greets))
                {
                    return hung;
                }

                if (time.GetElapsedTime(started) >= OwnLimit)
                {
                    throw new LinkException(isConnect ? ProbeError.Refused : ProbeError.Timeout);
                }

                hung = true;
                await Task.Delay(Step, time);
            }
        }
        finally
        {
            Hanging--;
        }
    }

    private sealed class LinkException(ProbeError error) : Exception
    {
        public ProbeError Error => error;
    }
}
